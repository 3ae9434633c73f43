using System.Text;

namespace Silo.Smtp.Server;

/// <summary>What a session wants from whoever drives it.</summary>
public enum SmtpServerStep
{
    /// <summary>All that was given is used; more bytes.</summary>
    NeedMore,

    /// <summary><see cref="SmtpServerSession.Reply"/> is to be written.</summary>
    Reply,

    /// <summary><see cref="SmtpServerSession.Credentials"/> are to be checked: <see cref="SmtpServerSession.Answer"/>.</summary>
    Authenticate,

    /// <summary><see cref="SmtpServerSession.Path"/> is a sender to be asked about: <see cref="SmtpServerSession.Answer"/>.</summary>
    Sender,

    /// <summary><see cref="SmtpServerSession.Path"/> is a recipient to be asked about: <see cref="SmtpServerSession.Answer"/>.</summary>
    Recipient,

    /// <summary><see cref="SmtpServerSession.Message"/> is whole: <see cref="SmtpServerSession.Answer"/>.</summary>
    Message,

    /// <summary>
    /// <see cref="SmtpServerSession.Reply"/> is to be written, then the handshake of TLS made: <see cref="SmtpServerSession.BeginTls"/>.
    /// </summary>
    StartTls,

    /// <summary><see cref="SmtpServerSession.Reply"/> is to be written, and the connection to be closed.</summary>
    Close,
}

/// <summary>
/// The server's side of RFC 5321 with PIPELINING, 8BITMIME, SIZE, SMTPUTF8, CHUNKING, STARTTLS, AUTH and enhanced codes: bytes in, steps
/// out. Knows no network, no clock and no rules about whose mail is taken. After <see cref="SmtpServerStep.Close"/> it is only to be
/// disposed.
/// </summary>
public sealed partial class SmtpServerSession : IDisposable
{
    private readonly SmtpServerOptions _options;
    private readonly SmtpServerLoad _load;
    private readonly byte[] _line;
    private readonly List<string> _recipients = [];
    private MessageBuffer? _message;
    private DataReader? _data;
    private ChunkReader? _chunks;
    private SmtpServerReply? _chunkRefusal;
    private SmtpServerStep _asked;
    private string? _sender;
    private int _lineLength;
    private bool _lineTooLong;
    private bool _inChunk;
    private bool _hasMore;
    private bool _greeted;
    private bool _authenticated;
    private bool _utf8;
    private int _errors;
    private int _commands;

    /// <param name="load">What this one takes part in; null for a load of its own.</param>
    /// <param name="isTls">The connection began with the handshake.</param>
    public SmtpServerSession(SmtpServerOptions options, SmtpServerLoad? load = null, bool isTls = false)
    {
        _options = options;
        _load = load ?? new SmtpServerLoad(1, 1, options.MaxBufferBytes);
        _line = new byte[options.MaxLineBytes];
        IsTls = isTls;
        Reply = new SmtpServerReply(220, null, $"{options.HostName} ESMTP");
    }

    /// <summary>At first the greeting.</summary>
    public SmtpServerReply Reply { get; private set; }

    public string Path { get; private set; } = "";

    public SmtpCredentials? Credentials { get; private set; }

    public SmtpServerMessage? Message { get; private set; }

    public bool IsTls { get; private set; }

    /// <summary>Nothing is under way that a client would have to do over.</summary>
    public bool IsBetweenTransactions => _sender is null && _login == Login.None;

    /// <summary>The next bytes are those of a message.</summary>
    public bool IsInMessage => _data is not null || _inChunk;

    /// <summary>Takes bytes up to the next step. To be called again with the rest until it needs more.</summary>
    public SmtpServerStep Read(ReadOnlySpan<byte> input, out int used)
    {
        if (_data is not null) return ReadData(input, out used);
        if (_inChunk) return ReadChunk(input, out used);
        var end = input.IndexOf((byte)'\n');
        used = end < 0 ? input.Length : end + 1;
        _hasMore = used < input.Length;
        Keep(input[..used]);
        if (end < 0) return SmtpServerStep.NeedMore;
        var step = Line();
        if (step != SmtpServerStep.NeedMore || !_hasMore) return step;
        // Behind BDAT comes its chunk.
        step = ReadChunk(input[used..], out var ofChunk);
        used += ofChunk;
        return step;
    }

    /// <summary>The answer to what was asked about; it is the reply to the command.</summary>
    public SmtpServerStep Answer(SmtpServerReply reply)
    {
        var asked = _asked;
        _asked = SmtpServerStep.NeedMore;
        if (asked == SmtpServerStep.Authenticate) (Credentials, _authenticated) = (null, reply.IsPositive);
        if (asked == SmtpServerStep.Sender && reply.IsPositive) _sender = Path;
        if (asked == SmtpServerStep.Recipient && reply.IsPositive) _recipients.Add(Path);
        if (asked == SmtpServerStep.Message) Reset();
        return reply.Code == 421 ? Close(reply) : reply.IsPositive || asked == SmtpServerStep.Message ? Say(reply) : Wrong(reply);
    }

    /// <summary>The handshake is made; all that was said before it is forgotten (RFC 3207 4.2).</summary>
    public void BeginTls()
    {
        Reset();
        _line.AsSpan().Clear();
        (_lineLength, _lineTooLong, _greeted, _authenticated, _login, IsTls) = (0, false, false, false, Login.None, true);
    }

    /// <summary>The memory of a message that did not come to its end is given back.</summary>
    public void Dispose() => Reset();

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
        var (tooLong, login) = (_lineTooLong, _login);
        (_lineLength, _lineTooLong, _login) = (0, false, Login.None);
        // Whoever writes lines so may mean something else by them than is read here.
        if (!line.EndsWith("\r\n"u8) || line[..^2].ContainsAny((byte)'\r', (byte)0))
            return Close(new SmtpServerReply(500, "5.5.2", "Lines must end in CR LF and hold neither CR nor NUL"));
        if (++_commands > _options.MaxCommands)
            return Close(new SmtpServerReply(421, "4.7.0", "Too many commands, come back later"), SmtpServerEvent.TooManyCommands);
        if (tooLong) return Wrong(new SmtpServerReply(500, "5.5.6", "Line too long"));
        if (!System.Text.Unicode.Utf8.IsValid(line)) return Wrong(new SmtpServerReply(500, "5.5.2", "Not UTF-8"));
        var text = Encoding.UTF8.GetString(line[..^2]);
        if (login != Login.None) return Response(login, text);
        var blank = text.IndexOf(' ');
        return Command((blank < 0 ? text : text[..blank]).ToUpperInvariant(), blank < 0 ? "" : text[(blank + 1)..].Trim(' '));
    }

    private void Reset()
    {
        _message?.Release();
        (_sender, _utf8, Message, _message, _data, _chunks, _inChunk) = (null, false, null, null, null, null, false);
        _recipients.Clear();
    }

    private SmtpServerStep Ask(SmtpServerStep about) => _asked = about;

    private SmtpServerStep Say(SmtpServerReply reply)
    {
        Reply = reply;
        return SmtpServerStep.Reply;
    }

    private SmtpServerStep Wrong(SmtpServerReply reply) => ++_errors < _options.MaxErrors
        ? Say(reply)
        : Close(new SmtpServerReply(421, "4.7.0", "Too many errors, closing"), SmtpServerEvent.TooManyCommands);

    private SmtpServerStep Close(SmtpServerReply reply, SmtpServerEvent? happened = null)
    {
        if (happened is { } what) _options.Happened?.Invoke(what);
        Reply = reply;
        return SmtpServerStep.Close;
    }
}
