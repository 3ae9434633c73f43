using System.Globalization;
using System.Text;

namespace Silo.Testing.SmtpSink;

/// <summary>The server's side of the dialogue, as well behaved as its options allow.</summary>
internal sealed class SinkDialogue(SinkConnection connection)
{
    private readonly SinkOptions _options = connection.Server.Options;
    private string? _mail;
    private string _recipient = "";
    private string _hello = "";
    private bool _inTransaction;
    private bool _hasRecipient;
    private SinkOrder _order;
    private int _mails;

    private SinkMisbehaviour Misbehaviour => _options.Misbehaviour;

    public async ValueTask Run()
    {
        var open = await Greet();
        while (open && await connection.ReadLine() is { } line)
        {
            if (!await Obey(line)) break;
            if (Misbehaviour == SinkMisbehaviour.AnswersTwice) connection.WriteLine("250 2.0.0 and again");
        }

        await connection.Flush();
    }

    private async ValueTask<bool> Greet()
    {
        switch (Misbehaviour)
        {
            case SinkMisbehaviour.NeverGreets:
                await connection.KeepSilent();
                return false;
            case SinkMisbehaviour.HugeBanner:
                await connection.WriteNow(Encoding.ASCII.GetBytes("220 " + new string('x', 10_000_000) + "\r\n"));
                return true;
            case SinkMisbehaviour.EndlessBanner:
                while (true) await connection.WriteNow("220-and one more line\r\n"u8.ToArray());
            case SinkMisbehaviour.GarbageGreeting:
                connection.WriteLine("HTTP/1.1 400 Bad Request");
                return true;
            case SinkMisbehaviour.RefusesGreeting:
                connection.WriteLine("554 5.7.1 no service for you");
                return false;
            default:
                connection.WriteLine("220 sink.test ESMTP");
                return true;
        }
    }

    private async ValueTask<bool> Obey(ReadOnlyMemory<byte> line)
    {
        var verb = Verb(line.Span);
        if (Misbehaviour == SinkMisbehaviour.SaysYesToEverything)
        {
            connection.WriteLine("250 2.0.0 yes");
            return true;
        }

        if (verb == "MAIL") return Mail(Kept(line));
        connection.Server.Record(Kept(line));
        switch (verb)
        {
            case "RCPT": return await Recipient(line);
            case "DATA": return await Data();
            case "EHLO":
                _hello = Encoding.ASCII.GetString(line.Span[Math.Min(5, line.Length)..]);
                return await Hello();
            case "HELO": return Say("250 sink.test");
            case "STAR": return await StartTls();
            case "AUTH": return await Authenticate(Encoding.ASCII.GetString(line.Span));
            case "RSET":
                (_inTransaction, _hasRecipient) = (false, false);
                return Say("250 2.0.0 reset");
            case "NOOP": return Say("250 2.0.0 ok");
            case "QUIT":
                Say("221 2.0.0 bye");
                return false;
            default: return Say("500 5.5.2 unknown command");
        }
    }

    private async ValueTask<bool> Hello()
    {
        if (Misbehaviour == SinkMisbehaviour.NeverAnswersHello)
        {
            await connection.KeepSilent();
            return false;
        }

        if (Misbehaviour == SinkMisbehaviour.KnowsOnlyHelo) return Say("502 5.5.1 not implemented");
        if (Misbehaviour == SinkMisbehaviour.RefusesHello) return Say("554 5.7.1 bad name");
        Say("250-sink.test");
        if (_options.Pipelining) Say("250-PIPELINING");
        if (_options.EightBitMime) Say("250-8BITMIME");
        if (_options.SmtpUtf8) Say("250-SMTPUTF8");
        if (_options.AuthMechanisms is { } mechanisms) Say("250-AUTH " + mechanisms);
        if (_options.Certificate is not null && !connection.Secure) Say("250-STARTTLS");
        if (_options.MaxSizeBytes > 0) Say(string.Create(CultureInfo.InvariantCulture, $"250-SIZE {_options.MaxSizeBytes}"));
        return Say("250 ENHANCEDSTATUSCODES");
    }

    private async ValueTask<bool> StartTls()
    {
        if (Misbehaviour == SinkMisbehaviour.StartTlsRefused) return Say("454 4.7.0 TLS not available");
        Say("220 2.0.0 go ahead");
        if (Misbehaviour == SinkMisbehaviour.StartTlsInjection) Say("250 2.0.0 injected");
        await connection.Flush();
        switch (Misbehaviour)
        {
            case SinkMisbehaviour.StartTlsThenGarbage:
                await connection.WriteNow("this is no handshake, and it is long enough to be seen as none\r\n"u8.ToArray());
                await connection.KeepSilent();
                return false;
            case SinkMisbehaviour.StartTlsThenSilence:
                await connection.KeepSilent();
                return false;
            case SinkMisbehaviour.StartTlsThenClose:
                return false;
            default:
                await connection.Encrypt();
                return true;
        }
    }

    private async ValueTask<bool> Authenticate(string line)
    {
        string given;
        if (line.StartsWith("AUTH PLAIN ", StringComparison.Ordinal))
        {
            given = Decoded(line[11..]).TrimStart('\0').Replace('\0', ':');
        }
        else
        {
            Say("334 VXNlcm5hbWU6");
            var user = await connection.ReadLine();
            var name = Decoded(Encoding.ASCII.GetString(user.GetValueOrDefault().Span));
            Say("334 UGFzc3dvcmQ6");
            var password = await connection.ReadLine();
            given = name + ":" + Decoded(Encoding.ASCII.GetString(password.GetValueOrDefault().Span));
        }

        return Say(given == _options.Credential ? "235 2.7.0 welcome" : "535 5.7.8 who are you");
    }

    private bool Mail(string? line)
    {
        connection.Server.CountMail(line);
        connection.Server.Record(SinkStepKind.Mail, _hello, connection);
        if (_inTransaction) return Say("503 5.5.1 nested MAIL");
        if (Misbehaviour == SinkMisbehaviour.Says421ToSecondMail && ++_mails == 2)
        {
            Say("421 4.4.2 idle too long");
            return false;
        }

        if (_options.MailReply is { } reply) return Say(reply);
        (_mail, _inTransaction, _hasRecipient) = (line, true, false);
        connection.Write("250 2.1.0 Ok\r\n"u8);
        return true;
    }

    private async ValueTask<bool> Recipient(ReadOnlyMemory<byte> line)
    {
        if (!_inTransaction) return Say("503 5.5.1 MAIL first");
        _order = OrderOf(line.Span);
        if (!_options.CountOnly) _recipient = Encoding.UTF8.GetString(Address(line.Span));
        switch (_order.Act)
        {
            case SinkAct.Reply:
                return Say(_order.Reply!) && !_order.Reply!.StartsWith("421", StringComparison.Ordinal);
            case SinkAct.Silent:
                await connection.KeepSilent();
                return false;
            case SinkAct.DropBeforeReply:
                return false;
            case SinkAct.CloseMidReply:
                connection.Write("25"u8);
                return false;
            case SinkAct.Slow:
                await connection.Flush();
                await Task.Delay(TimeSpan.FromMilliseconds(_order.DelayMs), _options.Time, connection.Stop);
                break;
        }

        _hasRecipient = true;
        connection.Write("250 2.1.5 Ok\r\n"u8);
        return true;
    }

    private async ValueTask<bool> Data()
    {
        if (!_hasRecipient && Misbehaviour != SinkMisbehaviour.TakesDataWithoutRecipient) return Say("503 5.5.1 RCPT first");
        connection.Write("354 go on\r\n"u8);
        if (await connection.ReadMessage(keep: !_options.CountOnly) is not { } message) return false;
        var taken = _hasRecipient;
        (_inTransaction, _hasRecipient) = (false, false);
        if (!taken) return Say("554 5.5.1 no valid recipients");
        connection.Server.CountMessage(message.Bytes);
        connection.Server.Record(SinkStepKind.FinalDot, _hello, connection);
        if (!_options.CountOnly) connection.Server.Record(new SinkMessage(_mail!, _recipient, message.Content, connection.Secure));
        switch (_order.Act)
        {
            case SinkAct.ReplyToMessage:
                return Say(_order.Reply!);
            case SinkAct.DropAfterData:
                return false;
            case SinkAct.SilentAfterData:
                await connection.KeepSilent();
                return false;
        }

        connection.Write("250 2.0.0 Ok: queued as S1NK\r\n"u8);
        return Misbehaviour != SinkMisbehaviour.ClosesAfterMessage;
    }

    private bool Say(string line)
    {
        connection.WriteLine(line);
        return true;
    }

    private string? Kept(ReadOnlyMemory<byte> line) => _options.CountOnly ? null : Encoding.UTF8.GetString(line.Span);

    private static SinkOrder OrderOf(ReadOnlySpan<byte> line) => SinkOrder.Of(Address(line));

    private static ReadOnlySpan<byte> Address(ReadOnlySpan<byte> line)
    {
        var open = line.IndexOf((byte)'<');
        var close = line.LastIndexOf((byte)'>');
        return open >= 0 && close > open ? line[(open + 1)..close] : [];
    }

    private static string Decoded(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    /// <summary>The first four letters in upper case, without making a string for the usual ones.</summary>
    private static string Verb(ReadOnlySpan<byte> line)
    {
        if (line.Length < 4) return "";
        foreach (var verb in Verbs)
        {
            if (Ascii.EqualsIgnoreCase(line[..4], verb)) return verb;
        }

        return "";
    }

    private static readonly string[] Verbs = ["MAIL", "RCPT", "DATA", "RSET", "EHLO", "HELO", "QUIT", "STAR", "AUTH", "NOOP"];
}
