using Silo.Server.Intake;
using Silo.Smtp.Server;

namespace Silo.Server.Submission;

/// <summary>What submission answers, in SES's words (SES developer guide, "SMTP response codes"), with enhanced codes.</summary>
internal static class SubmissionReplies
{
    // A line of a reply has 512 bytes with its code and its end (RFC 5321 4.5.3.1.5).
    private const int MaxTextCharacters = 480;

    public static SmtpServerReply Authenticated { get; } = new(235, "2.7.0", "Authentication successful");

    public static SmtpServerReply WrongCredentials { get; } = new(535, "5.7.8", "Authentication Credentials Invalid");

    public static SmtpServerReply NoLoginNow { get; } = new(454, "4.7.0", "Temporary authentication failure");

    public static SmtpServerReply TooManyOfKey { get; } = new(454, "4.7.0", "Too many connections with this access key, come back later");

    public static SmtpServerReply LoginFirst { get; } = new(530, "5.7.0", "Authentication required");

    public static SmtpServerReply DiskFull { get; } = new(452, "4.3.1", "Insufficient system storage, come back later");

    public static SmtpServerReply SenderOk { get; } = new(250, "2.1.0", "Ok");

    public static SmtpServerReply RecipientOk { get; } = new(250, "2.1.5", "Ok");

    public static SmtpServerReply NoAddress(string address, string enhancedCode) =>
        new(553, enhancedCode, Line($"<{address}> Invalid email address"));

    /// <summary>The one table of what became of a message.</summary>
    /// <param name="hasDisk">False when nothing can be stored for want of it.</param>
    public static SmtpServerReply Of(SendReply reply, bool hasDisk)
    {
        // Applications read the id behind "Ok ", where SES has no enhanced code.
        if (reply.MessageId is { } id) return new SmtpServerReply(250, null, $"Ok {id}");
        var message = (reply.Message ?? "The message was refused.").Replace("Content.Raw.Data", "The message", StringComparison.Ordinal);
        return reply.Refusal switch
        {
            SendRefusal.BadRequest or SendRefusal.Conflict => new SmtpServerReply(554, "5.6.0", Line($"Transaction failed: {message}")),
            SendRefusal.NotFound => new SmtpServerReply(554, "5.7.1", Line($"Transaction failed: {message}")),
            SendRefusal.AccessDenied => new SmtpServerReply(554, "5.7.1", Line($"Access denied: {message}")),
            SendRefusal.MessageRejected or SendRefusal.SendingPaused or SendRefusal.MailFromNotVerified =>
                new SmtpServerReply(554, "5.7.1", Line($"Message rejected: {message}")),
            SendRefusal.TooManyRequests or SendRefusal.QuotaExceeded =>
                new SmtpServerReply(454, "4.7.0", Line($"Throttling failure: {message}")),
            SendRefusal.Unavailable when !hasDisk => DiskFull,
            SendRefusal.Unavailable => new SmtpServerReply(451, "4.3.0", Line($"Temporary service failure: {message}")),
            _ => throw new InvalidOperationException($"{reply.Refusal} is not a refusal."),
        };
    }

    /// <summary>One line of printable ASCII, whatever a sender has put in a name or an address.</summary>
    private static string Line(string text)
    {
        var line = string.Create(Math.Min(text.Length, MaxTextCharacters), text, static (characters, from) =>
        {
            for (var i = 0; i < characters.Length; i++) characters[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        });
        return text.Length <= MaxTextCharacters ? line : line[..^3] + "...";
    }
}
