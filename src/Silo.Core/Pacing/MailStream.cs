namespace Silo.Core.Pacing;

/// <summary>What a configuration set says of its mail. The streams of a tenant share what the tenant gets as 8 : 4 : 1, and none starves.</summary>
public enum MailStream
{
    /// <summary>Somebody waits for it: a password reset.</summary>
    Urgent,

    /// <summary>Mail of no other stream.</summary>
    Normal,

    /// <summary>A newsletter.</summary>
    Bulk,
}
