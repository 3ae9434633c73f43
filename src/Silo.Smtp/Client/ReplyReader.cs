using Silo.Core.Delivery;

namespace Silo.Smtp.Client;

/// <summary>Reads replies (RFC 5321 4.2) off a stream, within <see cref="SmtpLimits"/>. A bare LF is taken for a line end.</summary>
internal sealed class ReplyReader(Stream stream, Watchdog watchdog)
{
    private readonly byte[] _buffer = new byte[2 * SmtpLimits.ReplyLineBytes];
    private readonly byte[] _text = new byte[2 * SmtpLimits.ReplyTextChars];
    private int _start;
    private int _end;
    private int _textLength;

    /// <summary>The code of the last reply.</summary>
    public int Code { get; private set; }

    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>Bytes that came without being asked for.</summary>
    public bool HasUnread => _end > _start;

    /// <summary>The last reply with its text. Replies that say yes are mostly not worth the strings.</summary>
    public SmtpReply Reply => ReplyText.ToReply(Code, _text.AsSpan(0, _textLength));

    /// <summary>Reads one reply; the time is for all of it, so that a peer which sends byte by byte gains nothing.</summary>
    /// <param name="lines">Takes each line without its code, when given.</param>
    public async ValueTask<SmtpFault> Read(TimeSpan timeout, List<string>? lines = null)
    {
        _textLength = 0;
        Code = 0;
        var armed = false;
        var bytes = 0;
        for (var count = 1; ; count++)
        {
            int length;
            while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
            {
                if (_end - _start >= SmtpLimits.ReplyLineBytes) return SmtpFault.ReplyTooLong;
                if (!armed) watchdog.Arm(timeout);
                armed = true;
                var fault = await Fill();
                if (fault != SmtpFault.None) return fault;
            }

            bytes += length + 1;
            if (count > SmtpLimits.ReplyLines || length + 1 > SmtpLimits.ReplyLineBytes || bytes > SmtpLimits.ReplyBytes)
                return SmtpFault.ReplyTooLong;
            var last = TakeLine(_buffer.AsSpan(_start, length), lines);
            _start += length + 1;
            if (last is null) return SmtpFault.BadReply;
            if (last.Value) break;
        }

        if (armed) watchdog.Disarm();
        return watchdog.Fault;
    }

    /// <summary>True for the last line of a reply, false for one that is continued, null for what is no reply.</summary>
    private bool? TakeLine(ReadOnlySpan<byte> line, List<string>? lines)
    {
        if (line.EndsWith("\r"u8)) line = line[..^1];
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5') return null;
        if (!char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])) return null;
        var code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        if (Code != 0 && code != Code) return null;
        if (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')) return null;
        Code = code;

        var text = line.Length > 4 ? line[4..] : [];
        lines?.Add(ReplyText.Printable(text));
        if (_textLength > 0 && _textLength < _text.Length) _text[_textLength++] = (byte)'\n';
        var kept = text[..Math.Min(text.Length, _text.Length - _textLength)];
        kept.CopyTo(_text.AsSpan(_textLength));
        _textLength += kept.Length;
        return line.Length == 3 || line[3] == ' ';
    }

    private async ValueTask<SmtpFault> Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        try
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), watchdog.Token);
            _end += read;
            return read > 0 ? SmtpFault.None : SmtpFault.Closed;
        }
        catch (Exception e) when (Wire.IsLoss(e))
        {
            return watchdog.Fault == SmtpFault.None ? SmtpFault.Closed : watchdog.Fault;
        }
    }
}
