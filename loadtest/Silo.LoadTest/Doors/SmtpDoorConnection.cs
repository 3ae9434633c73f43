using System.Buffers.Text;
using System.Globalization;
using System.Security.Authentication;
using System.Text;

namespace Silo.LoadTest.Doors;

/// <summary>One SMTP connection: the three commands of a message in one write, its content in another.</summary>
internal sealed class SmtpDoorConnection(SmtpDoorOptions options, SmtpContent content) : IDoorConnection
{
    private const int Goodbye = 421;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly ByteWriter _out = new(8192);
    private WireConnection? _wire;
    private string _said = "";

    public async ValueTask<bool> TryOpen(CancellationToken cancellationToken)
    {
        if (_wire is not null) return true;
        try
        {
            _wire = await WireConnection.TryOpen(options.Host, options.Port, ConnectTimeout, cancellationToken);
            if (_wire is not null && await Greet(_wire, cancellationToken)) return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            _said = e.Message;
        }

        await Close();
        return false;
    }

    public async ValueTask<SendAnswer> Send(LoadMessage message, CancellationToken cancellationToken)
    {
        var wire = _wire ?? throw new InvalidOperationException("The connection is not open.");
        // Before the content went out, nothing can have been accepted.
        var isOffered = false;
        try
        {
            _out.Clear();
            content.WriteEnvelope(_out, message);
            await wire.Write(_out.Written, cancellationToken);
            var sender = await ReadReply(wire, cancellationToken);
            var refusal = sender < 300 ? null : _said;
            var recipient = await ReadReply(wire, cancellationToken);
            if (recipient >= 300) refusal ??= _said;
            var data = await ReadReply(wire, cancellationToken);
            if (data != 354) return await Refused(refusal ?? _said, sender >= 300 ? sender : recipient >= 300 ? recipient : data);
            if (refusal is not null)
            {
                // The server asks for content although it took no recipient (RFC 2920 3.1): an empty one.
                await wire.Write(".\r\n"u8.ToArray(), cancellationToken);
                await ReadReply(wire, cancellationToken);
                return await Refused(refusal, sender >= 300 ? sender : recipient);
            }

            _out.Clear();
            content.WriteContent(_out, message);
            isOffered = true;
            await wire.Write(_out.Written, cancellationToken);
            var final = await ReadReply(wire, cancellationToken);
            return final is >= 200 and < 300 ? new SendAnswer(SendResult.Accepted) : await Refused(_said, final);
        }
        catch (IOException e)
        {
            await Close();
            return new SendAnswer(isOffered ? SendResult.Unknown : SendResult.NotOffered, e.Message);
        }
    }

    public ValueTask DisposeAsync() => Close();

    private async ValueTask<SendAnswer> Refused(string text, int code)
    {
        if (code == Goodbye) await Close();
        return new SendAnswer(code >= 500 ? SendResult.Refused : SendResult.Deferred, text);
    }

    private async ValueTask<bool> Greet(WireConnection wire, CancellationToken cancellationToken)
    {
        if (await ReadReply(wire, cancellationToken) != 220) return false;
        if (!await Ask(wire, "EHLO load.example", 250, cancellationToken)) return false;
        if (options.StartTls)
        {
            if (!await Ask(wire, "STARTTLS", 220, cancellationToken)) return false;
            await wire.StartTls(options.Host, cancellationToken);
            if (!await Ask(wire, "EHLO load.example", 250, cancellationToken)) return false;
        }

        if (options.Credential is not var (user, password)) return true;
        var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));
        return await Ask(wire, $"AUTH PLAIN {secret}", 235, cancellationToken);
    }

    private async ValueTask<bool> Ask(WireConnection wire, string command, int expected, CancellationToken cancellationToken)
    {
        await wire.Write(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
        return await ReadReply(wire, cancellationToken) == expected;
    }

    /// <summary>The code of the next reply. What it says is kept when it is no success.</summary>
    private async ValueTask<int> ReadReply(WireConnection wire, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = (await wire.ReadLine(cancellationToken)).Span;
            if (line.Length < 3 || !Utf8Parser.TryParse(line[..3], out int code, out var used) || used != 3)
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"The server said: {Encoding.ASCII.GetString(line)}"));
            if (line.Length > 3 && line[3] == '-') continue;
            if (code >= 400) _said = Encoding.ASCII.GetString(line);
            return code;
        }
    }

    private async ValueTask Close()
    {
        if (_wire is not { } wire) return;
        _wire = null;
        await wire.DisposeAsync();
    }
}
