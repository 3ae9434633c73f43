namespace Silo.Server.Identities;

/// <summary>What a record in DNS is for.</summary>
internal enum RecordPurpose
{
    /// <summary>The key that mail is signed with.</summary>
    SigningKey,

    /// <summary>The key that is to be used next.</summary>
    NextKey,

    /// <summary>A key that mail under way may have been signed with.</summary>
    RetiredKey,

    /// <summary>Leads from a token to the platform's zone.</summary>
    Alias,

    /// <summary>Leads bounces here.</summary>
    MailFromMx,

    /// <summary>Says that the platform may send.</summary>
    MailFromSpf,
}

/// <summary>A record that is to be published.</summary>
/// <param name="Name">Without the final dot.</param>
/// <param name="Type">CNAME, TXT or MX.</param>
/// <param name="Value">As zone files have it, but a text above 255 bytes is not cut; null when the configuration does not say.</param>
internal sealed record IdentityRecord(RecordPurpose Purpose, string Name, string Type, string? Value)
{
    /// <summary>Of a key: base64 of SubjectPublicKeyInfo.</summary>
    public string? PublicKey { get; init; }
}

/// <summary>What DNS says of a record; a closed set.</summary>
internal enum RecordStatus
{
    Right,

    /// <summary>There is none.</summary>
    Absent,

    /// <summary>There is another one.</summary>
    Wrong,

    /// <summary>Name servers fail or do not answer: no absence.</summary>
    Unknown,
}

/// <param name="ErrorType">SES VerificationError; null when it is right.</param>
/// <param name="Detail">For a person; null when it is right.</param>
internal sealed record RecordFinding(RecordStatus Status, string? ErrorType, string? Detail)
{
    public static RecordFinding Right { get; } = new(RecordStatus.Right, null, null);

    /// <summary>The worse of two things that are needed both: an absence is known, a failure is not.</summary>
    public static RecordFinding Both(RecordFinding one, RecordFinding other) =>
        one.Status == RecordStatus.Right || (one.Status == RecordStatus.Unknown && other.Status is RecordStatus.Absent or RecordStatus.Wrong)
            ? other : one;
}
