using Silo.Core.Pacing;

namespace Silo.Server.Accounts;

/// <summary>Streams as configuration sets name them.</summary>
internal static class MailStreamName
{
    public const string Urgent = "URGENT";
    public const string Normal = "NORMAL";
    public const string Bulk = "BULK";

    /// <param name="name">What is none of them, as a later release may have stored it, is normal mail.</param>
    public static MailStream Parse(string? name) => name switch
    {
        Urgent => MailStream.Urgent,
        Bulk => MailStream.Bulk,
        _ => MailStream.Normal,
    };
}
