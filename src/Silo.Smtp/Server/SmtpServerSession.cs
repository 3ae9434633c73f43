using System.Globalization;
using System.Text;

namespace Silo.Smtp.Server;

/// <summary>What a session wants from whoever drives it.</summary>
public enum SmtpServerStep
{
    /// <summary>All that was given is used; more bytes.</summary>
    NeedMore,

    /// <summary><see cref="SmtpServerSession.Reply"/> is to be written.</summary>
    Reply,

    /// <summary><see cref="SmtpServerSession.Path"/> is a sender to be asked about: <see cref="SmtpServerSession.Answer"/>.</summary>
    Sender,

    /// <summary><see cref="SmtpServerSession.Path"/> is a recipient to be asked about: <see cref="SmtpServerSession.Answer"/>.</summary>
    Recipient,

    /// <summary><see cref="SmtpServerSession.Message"/> is whole: <see cref="SmtpServerSession.Answer"/>.</summary>
    Message,

    /// <summary><see cref="SmtpServerSession.Reply"/> is to be written, and the connection to be closed.</summary>
    Close,
}

/// <summary>
/// The server's side of RFC 5321 with PIPELINING, 8BITMIME, SIZE, SMTPUTF8 and enhanced codes: bytes in, steps out. Knows no network, no
/// clock and no rules about whose mail is taken. After <see cref="SmtpServerStep.Close"/> it is not to be used any more.
/// </summary>
public sealed partial class SmtpServerSession
{
    private readonly SmtpServerOptions _options;
    private readonly byte[] _line;
    private readonly List<string> _recipients = [];
    private DataReader? _data;
    private SmtpServerStep _asked;
    private string? _sender;
    private int _lineLength;
    private bool _lineTooLong;
    private bool _greeted;
    private bool _utf8;
    private int _errors;
    private int _commands;

    public SmtpServerSession(SmtpServerOptions options)
    {
        _options = options;
        _line = new byte[options.MaxLineBytes];
        Reply = new SmtpServerReply(220, null, $"{options.HostName} ESMTP");
    }

    /// <summary>At first the greeting.</summary>
    public SmtpServerReply Reply { get; private set; }

    public string Path { get; private set; } = "";

    public SmtpServerMessage? Message { get; private set; }

    /// <summary>Takes bytes up to the next step. To be called again with the rest until it needs more.</summary>
    public SmtpServerStep Read(ReadOnlySpan<byte> input, out int used)
    {
        if (_data is not null) return ReadData(input, out used);
        var end = input.IndexOf((byte)'\n');
        used = end < 0 ? input.Length : end + 1;
        Keep(input[..used]);
        return end < 0 ? SmtpServerStep.NeedMore : Line();
    }

    /// <summary>The answer to what was asked about; it is the reply to the command.</summary>
    public SmtpServerStep Answer(SmtpServerReply reply)
    {
        var asked = _asked;
        _asked = SmtpServerStep.NeedMore;
        if (asked == SmtpServerStep.Sender && reply.IsPositive) _sender = Path;
        if (asked == SmtpServerStep.Recipient && reply.IsPositive) _recipients.Add(Path);
        if (asked == SmtpServerStep.Message) Reset();
        return reply.Code == 421 ? Close(reply) : reply.IsPositive || asked == SmtpServerStep.Message ? Say(reply) : Wrong(reply);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_lineLength + bytes.Length > _line.Length)
        {
            _lineTooLong = true;
            // The end of it tells whether the line was ended as it must be.
            _lineLength = 0;
            if (bytes.Length > _line.Length) bytes = bytes[^_line.Length..];
        }

        bytes.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += bytes.Length;
    }

    private SmtpServerStep Line()
    {
        var line = _line.AsSpan(0, _lineLength);
        var tooLong = _lineTooLong;
        (_lineLength, _lineTooLong) = (0, false);
        // Whoever writes lines so may mean something else by them than is read here.
        if (!line.EndsWith("\r\n"u8) || line[..^2].ContainsAny((byte)'\r', (byte)0))
            return Close(new SmtpServerReply(500, "5.5.2", "Lines must end in CR LF and hold neither CR nor NUL"));
        if (++_commands > _options.MaxCommands) return Close(new SmtpServerReply(421, "4.7.0", "Too many commands, come back later"));
        if (tooLong) return Wrong(new SmtpServerReply(500, "5.5.6", "Line too long"));
        if (!System.Text.Unicode.Utf8.IsValid(line)) return Wrong(new SmtpServerReply(500, "5.5.2", "Not UTF-8"));
        var text = Encoding.UTF8.GetString(line[..^2]);
        var blank = text.IndexOf(' ');
        return Command((blank < 0 ? text : text[..blank]).ToUpperInvariant(), blank < 0 ? "" : text[(blank + 1)..].Trim(' '));
    }

    private SmtpServerStep ReadData(ReadOnlySpan<byte> input, out int used)
    {
        if (!_data!.Read(input, out used))
            return _data.IsEndless ? Close(new SmtpServerReply(552, "5.3.4", "Message far too large")) : SmtpServerStep.NeedMore;
        var data = _data;
        _data = null;
        if (data.IsTooLarge || data.HasBareLineEnd)
        {
            Reset();
            return Wrong(data.IsTooLarge
                ? new SmtpServerReply(
                    552, "5.3.4", string.Create(CultureInfo.InvariantCulture, $"Message larger than {_options.MaxMessageBytes} bytes"))
                : new SmtpServerReply(550, "5.6.11", "The message holds a CR or LF that stands alone"));
        }

        Message = new SmtpServerMessage(_sender!, [.. _recipients], data.Content);
        return Ask(SmtpServerStep.Message);
    }

    private void Reset()
    {
        (_sender, _utf8, Message) = (null, false, null);
        _recipients.Clear();
    }

    private SmtpServerStep Ask(SmtpServerStep about) => _asked = about;

    private SmtpServerStep Say(SmtpServerReply reply)
    {
        Reply = reply;
        return SmtpServerStep.Reply;
    }

    private SmtpServerStep Wrong(SmtpServerReply reply) =>
        ++_errors < _options.MaxErrors ? Say(reply) : Close(new SmtpServerReply(421, "4.7.0", "Too many errors, closing"));

    private SmtpServerStep Close(SmtpServerReply reply)
    {
        Reply = reply;
        return SmtpServerStep.Close;
    }
}
