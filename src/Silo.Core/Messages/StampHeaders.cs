using System.Globalization;

namespace Silo.Core.Messages;

/// <summary>The two headers that the service sets whatever the sender gave: Date and Message-ID.</summary>
internal static class StampHeaders
{
    public static void Write(MimeWriter writer, MessageStamp stamp)
    {
        writer.Write("Date: "u8);
        writer.Write((stamp.ScheduledFor ?? stamp.Date).UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture));
        writer.Write(" +0000"u8);
        writer.WriteLine();
        writer.Write("Message-ID: <"u8);
        writer.Write(stamp.MessageId);
        writer.Write((byte)'@');
        writer.Write(stamp.Domain);
        writer.Write((byte)'>');
        writer.WriteLine();
    }
}
