using System.Globalization;
using System.Text;

namespace Silo.Smtp.Server;

// The commands and their order.
public sealed partial class SmtpServerSession
{
    private SmtpServerStep Command(string verb, string argument) => verb switch
    {
        "EHLO" => Hello(argument, extended: true),
        "HELO" => Hello(argument, extended: false),
        "MAIL" => Mail(argument),
        "RCPT" => Rcpt(argument),
        "DATA" => Data(argument),
        "BDAT" => Bdat(argument),
        "STARTTLS" => StartTls(argument),
        "AUTH" => Auth(argument),
        "RSET" => Rset(),
        "NOOP" => Say(SmtpServerReply.Ok),
        "QUIT" => Close(new SmtpServerReply(221, "2.0.0", "Bye")),
        "VRFY" => Say(new SmtpServerReply(252, "2.5.2", "Send a message and see")),
        "HELP" => Say(new SmtpServerReply(214, "2.0.0", "RFC 5321")),
        _ => Unknown(),
    };

    private SmtpServerStep Unknown() => Wrong(new SmtpServerReply(500, "5.5.1", "Command not known here"));

    private SmtpServerStep Hello(string name, bool extended)
    {
        if (name.Length is 0 or > 255) return Wrong(new SmtpServerReply(501, "5.5.4", "Say your name"));
        Reset();
        _greeted = true;
        if (!extended) return Say(new SmtpServerReply(250, null, _options.HostName));
        var lines = new List<string> { _options.HostName, "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING" };
        if (OffersTls) lines.Add("STARTTLS");
        if (TakesLogin) lines.Add("AUTH PLAIN LOGIN");
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"SIZE {_options.MaxMessageBytes}"));
        return Say(new SmtpServerReply(250, null, lines));
    }

    private SmtpServerStep Mail(string argument)
    {
        if (!_greeted) return Wrong(new SmtpServerReply(503, "5.5.1", "Say EHLO first"));
        if (_sender is not null) return Wrong(new SmtpServerReply(503, "5.5.1", "There is a sender already"));
        if (!argument.StartsWith("FROM:", StringComparison.OrdinalIgnoreCase) || CommandPath.Parse(argument[5..]) is not { } path)
            return Wrong(new SmtpServerReply(501, "5.1.7", "Not of the form MAIL FROM:<address>"));
        _utf8 = path.Parameters.Any(p => p is ("SMTPUTF8", null));
        foreach (var (name, value) in path.Parameters)
        {
            switch (name)
            {
                case "SIZE" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size):
                    if (size > _options.MaxMessageBytes) return TooLarge();
                    if (!_load.HasRoomFor(size)) return NoMemory();
                    break;
                case "BODY" when value?.ToUpperInvariant() is "7BIT" or "8BITMIME":
                case "SMTPUTF8" when value is null:
                // Whose mail it was at first (RFC 4954 5); nothing follows from it here.
                case "AUTH" when value is not null && TakesLogin:
                    break;
                default:
                    return Wrong(new SmtpServerReply(555, "5.5.4", "Parameter not known here"));
            }
        }

        if (!IsWritable(path.Address)) return Wrong(new SmtpServerReply(553, "5.6.7", "Not without SMTPUTF8"));
        Path = path.Address;
        return Ask(SmtpServerStep.Sender);
    }

    private SmtpServerStep Rcpt(string argument)
    {
        if (_sender is null) return Wrong(new SmtpServerReply(503, "5.5.1", "Say MAIL first"));
        if (!argument.StartsWith("TO:", StringComparison.OrdinalIgnoreCase)
            || CommandPath.Parse(argument[3..]) is not { Address.Length: > 0 } path)
            return Wrong(new SmtpServerReply(501, "5.1.3", "Not of the form RCPT TO:<address>"));
        if (_chunks is not null) return Wrong(new SmtpServerReply(503, "5.5.1", "The message has begun"));
        if (path.Parameters.Count > 0) return Wrong(new SmtpServerReply(555, "5.5.4", "Parameter not known here"));
        if (!IsWritable(path.Address)) return Wrong(new SmtpServerReply(553, "5.6.7", "Not without SMTPUTF8"));
        if (_recipients.Count == _options.MaxRecipients)
            return Wrong(new SmtpServerReply(452, "4.5.3", "Too many recipients, send it to the others anew"));
        Path = path.Address;
        return Ask(SmtpServerStep.Recipient);
    }

    private SmtpServerStep Rset()
    {
        Reset();
        return Say(SmtpServerReply.Ok);
    }

    private bool IsWritable(string address) => _utf8 || Ascii.IsValid(address);
}
