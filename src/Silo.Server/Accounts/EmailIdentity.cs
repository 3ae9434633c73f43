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

    /// <summary>How far the proof of it has come; null before the first look.</summary>
    public IdentityProof? Proof { get; init; }

    /// <summary>The domain of its return paths; null for the platform's own.</summary>
    public MailFromSettings? MailFrom { get; init; }

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

    /// <summary>Base64 of the customer's RSA key, as releases before had it; now keys stand in a document of their own, encrypted.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>The selector that mail is signed with; null for the first token.</summary>
    public string? Selector { get; init; }

    /// <summary>The selector of a new key, which is used once DNS shows it; null when there is none.</summary>
    public string? NextSelector { get; init; }

    /// <summary>What mail is signed with now; null for an address.</summary>
    public string? SigningSelector => Selector ?? (Tokens.Count > 0 ? Tokens[0] : null);
}

/// <summary>What DNS said of a domain, and when it is to be asked again.</summary>
public sealed record IdentityProof
{
    /// <summary>Since when the present keys wait to be found; null for the identity's own age.</summary>
    public DateTimeOffset? PendingSince { get; init; }

    /// <summary>Since when what was found once is missing; null while it is there.</summary>
    public DateTimeOffset? MissingSince { get; init; }

    /// <summary>Looks in a row that found it missing.</summary>
    public int MissedLooks { get; init; }

    public DateTimeOffset? NextLookAt { get; init; }

    /// <summary>What the account was told to be wrong with it, and was not told to be over yet; null for nothing.</summary>
    public IReadOnlyList<ToldFault>? Told { get; init; }

    /// <summary>SES VerificationError of the last look; null when all was well.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The zone's start of authority, seen with the last look that had an error.</summary>
    public ZoneAuthority? Authority { get; init; }
}

/// <param name="Type">DKIM or SPF.</param>
public sealed record ToldFault(string Type, string Text);

/// <summary>SES structure SOARecord.</summary>
public sealed record ZoneAuthority(string PrimaryNameServer, string AdminEmail, long SerialNumber);

/// <summary>The MAIL FROM domain of an identity.</summary>
/// <param name="Domain">Lower case, a subdomain of the identity's domain.</param>
/// <param name="BehaviorOnMxFailure">USE_DEFAULT_VALUE or REJECT_MESSAGE.</param>
/// <param name="Status">SES MailFromDomainStatus: PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE.</param>
/// <param name="PendingSince">When it was set.</param>
public sealed record MailFromSettings(string Domain, string BehaviorOnMxFailure, string Status, DateTimeOffset PendingSince)
{
    public const string UseDefault = "USE_DEFAULT_VALUE";
    public const string Reject = "REJECT_MESSAGE";

    public DateTimeOffset? MissingSince { get; init; }

    public int MissedLooks { get; init; }
}
