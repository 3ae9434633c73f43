using System.Globalization;

namespace Silo.Core.Messages;

/// <summary>The two headers that the service sets whatever the sender gave: Date and Message-ID.</summary>
internal static class StampHeaders
{
    // RFC 1123 as .NET writes it, which ends in a zone that mail calls obsolete (RFC 5322 4.3).
    private const string Zone = "GMT";
    private static readonly int DateBytes = "Thu, 01 Jan 1970 00:00:00 ".Length + Zone.Length;

    public static void Write(MimeWriter writer, MessageStamp stamp)
    {
        writer.Write("Date: "u8);
        (stamp.ScheduledFor ?? stamp.Date).UtcDateTime.TryFormat(writer.GetSpan(DateBytes), out _, "r", CultureInfo.InvariantCulture);
        writer.Advance(DateBytes - Zone.Length);
        writer.Write("+0000"u8);
        writer.WriteLine();
        writer.Write("Message-ID: <"u8);
        writer.Write(stamp.MessageId);
        writer.Write((byte)'@');
        writer.Write(stamp.Domain);
        writer.Write((byte)'>');
        writer.WriteLine();
    }
}
