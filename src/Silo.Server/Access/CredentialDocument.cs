namespace Silo.Server.Access;

/// <summary>An access key as it is stored.</summary>
/// <param name="Secret">What requests are signed with, or the SMTP password of one for SMTP alone; encrypted.</param>
internal sealed record CredentialDocument(CredentialKind Kind, byte[] Secret, DateTimeOffset CreatedAt)
{
    public string? TenantName { get; init; }

    public string? TenantArn { get; init; }

    /// <summary>Its secret is an SMTP password that was brought along; no request is signed with it.</summary>
    public bool IsSmtpOnly { get; init; }

    public bool IsDisabled { get; init; }

    /// <summary>From this instant on it is not valid any more.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>The key that took its place.</summary>
    public string? ReplacedBy { get; init; }

    public string? Description { get; init; }

    /// <summary>JSON in the shape of IAM's; null for what the kind allows.</summary>
    public string? Policy { get; init; }
}

/// <summary>The keys of one owner, in the order in which they were made.</summary>
internal sealed record CredentialIndex(IReadOnlyList<string> KeyIds);
