namespace Silo.Server.Access;

/// <summary>A credential: what a caller of the HTTP edge signs with, or a client of the SMTP edge logs in with.</summary>
/// <param name="Id">16 to 128 of A-Z a-z 0-9.</param>
/// <param name="Secret">What requests are signed with; empty of a credential for SMTP alone.</param>
internal sealed record AccessKey(string Id, string Secret)
{
    public CredentialKind Kind { get; init; } = CredentialKind.Root;

    /// <summary>Whom a key of kind Tenant belongs to; null of the other kinds.</summary>
    public string? TenantName { get; init; }

    /// <summary>With the tenant's id, so that another one that takes the name later is another. Null of the other kinds.</summary>
    public string? TenantArn { get; init; }

    /// <summary>False of a key that was disabled or whose time is over: to whoever uses it, it is unknown.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>No request is signed with it.</summary>
    public bool SmtpOnly { get; init; }

    /// <summary>Of an imported SMTP credential alone; null where the password is derived from the secret.</summary>
    public string? SmtpPassword { get; init; }

    /// <summary>What it may do; null for what its kind allows.</summary>
    public IReadOnlyList<PolicyStatement>? Statements { get; init; }

    // A record prints its members; this one must not.
    public override string ToString() => $"AccessKey {Id}";
}

/// <summary>The numbers are stored: never renumber, only append.</summary>
internal enum CredentialKind
{
    /// <summary>May do everything.</summary>
    Root = 0,

    /// <summary>May do everything but what touches the root key.</summary>
    Operator = 1,

    /// <summary>May act for one tenant.</summary>
    Tenant = 2,
}
