namespace Silo.Core.Pacing;

/// <summary>
/// What a configuration set says of its mail. The streams of a tenant share what the tenant gets as 8 : 4 : 1, and none starves.
/// The numbers are stored: never renumber, only append.
/// </summary>
public enum MailStream
{
    /// <summary>Somebody waits for it: a password reset.</summary>
    Urgent = 0,

    /// <summary>Mail of no other stream.</summary>
    Normal = 1,

    /// <summary>A newsletter.</summary>
    Bulk = 2,
}
