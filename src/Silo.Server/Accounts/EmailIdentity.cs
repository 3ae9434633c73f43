namespace Silo.Server.Accounts;

/// <summary>An e-mail identity of the account: an address or a domain that mail may be sent from. Stored as JSON.</summary>
public sealed record EmailIdentity
{
    /// <summary>As <see cref="IdentityName.Normalize"/> writes it.</summary>
    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>SES VerificationStatus: PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE, NOT_STARTED.</summary>
    public required string VerificationStatus { get; init; }

    public required DkimSettings Dkim { get; init; }

    /// <summary>The configuration set of sends from this identity that name none; null for none.</summary>
    public string? ConfigurationSetName { get; init; }

    /// <summary>Bounces and complaints are mailed on to the sender.</summary>
    public bool FeedbackForwarding { get; init; } = true;

    public DateTimeOffset? LastCheckedAt { get; init; }

    public DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>Mail may be sent from it.</summary>
    public bool IsVerified => VerificationStatus == "SUCCESS";

    /// <summary>EMAIL_ADDRESS or DOMAIN.</summary>
    public string IdentityType => IdentityName.IsAddress(Name) ? "EMAIL_ADDRESS" : "DOMAIN";
}

/// <summary>How mail from an identity is signed.</summary>
public sealed record DkimSettings
{
    public required bool SigningEnabled { get; init; }

    /// <summary>SES DkimStatus: PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE, NOT_STARTED.</summary>
    public required string Status { get; init; }

    /// <summary>AWS_SES (keys of the service, published by three CNAMEs) or EXTERNAL (a key of the customer).</summary>
    public required string Origin { get; init; }

    /// <summary>The three tokens of the service's own keys, or the one selector of the customer's key.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>RSA_1024_BIT or RSA_2048_BIT; null with a key of the customer.</summary>
    public string? NextSigningKeyLength { get; init; }

    public string? CurrentSigningKeyLength { get; init; }

    public DateTimeOffset? LastKeyGeneratedAt { get; init; }

    /// <summary>Base64 of the customer's RSA key (PKCS #1 or PKCS #8). Never answered.</summary>
    public string? PrivateKey { get; init; }
}
