using System.Buffers.Text;
using System.Text;

namespace Silo.Testing.SmtpSink;

internal enum SinkAct
{
    Accept,
    Reply,
    ReplyToMessage,
    Slow,
    Silent,
    SilentAfterData,
    DropBeforeReply,
    DropAfterData,
    CloseMidReply,
}

/// <summary>
/// What a recipient's local part orders: 550-5.1.1-user-unknown (reply to RCPT), data-554-5.7.1-spam (reply to the message), slow-250ms,
/// silent, silent-after-data, drop-before-reply, drop-after-data, close-mid-reply; anything else is taken.
/// </summary>
internal readonly record struct SinkOrder(SinkAct Act, string? Reply = null, int DelayMs = 0)
{
    public static SinkOrder Of(ReadOnlySpan<byte> address)
    {
        // The common case must cost nothing: the load tests send millions of ordinary addresses.
        if (address.IsEmpty || address[0] is not ((byte)'4' or (byte)'5' or (byte)'s' or (byte)'d' or (byte)'c')) return default;
        var local = address[..Math.Max(0, address.IndexOf((byte)'@'))];
        if (ReplyOf(local) is { } reply) return new SinkOrder(SinkAct.Reply, reply);
        if (local.StartsWith("data-"u8) && ReplyOf(local[5..]) is { } late) return new SinkOrder(SinkAct.ReplyToMessage, late);
        if (local.StartsWith("slow-"u8) && Utf8Parser.TryParse(local[5..], out int delay, out _))
            return new SinkOrder(SinkAct.Slow, null, delay);
        if (local.SequenceEqual("silent"u8)) return new SinkOrder(SinkAct.Silent);
        if (local.SequenceEqual("silent-after-data"u8)) return new SinkOrder(SinkAct.SilentAfterData);
        if (local.SequenceEqual("drop-before-reply"u8)) return new SinkOrder(SinkAct.DropBeforeReply);
        if (local.SequenceEqual("drop-after-data"u8)) return new SinkOrder(SinkAct.DropAfterData);
        return local.SequenceEqual("close-mid-reply"u8) ? new SinkOrder(SinkAct.CloseMidReply) : default;
    }

    private static string? ReplyOf(ReadOnlySpan<byte> local)
    {
        if (local.Length < 3 || local[0] is not ((byte)'4' or (byte)'5')) return null;
        if (!char.IsAsciiDigit((char)local[1]) || !char.IsAsciiDigit((char)local[2])) return null;
        if (local.Length > 3 && local[3] != '-') return null;
        return Encoding.UTF8.GetString(local).Replace('-', ' ');
    }
}
