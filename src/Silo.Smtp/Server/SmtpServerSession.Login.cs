namespace Silo.Smtp.Server;

// STARTTLS (RFC 3207) and AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN.
public sealed partial class SmtpServerSession
{
    private const string AskUser = "VXNlcm5hbWU6";
    private const string AskPassword = "UGFzc3dvcmQ6";

    private Login _login;
    private string _user = "";

    /// <summary>What the next line is the answer to.</summary>
    private enum Login
    {
        None,
        Plain,
        User,
        Password,
    }

    private bool OffersTls => _options.Tls is not null && !IsTls;

    private bool TakesLogin =>
        _options.Authentication == SmtpAuthentication.Always || (_options.Authentication == SmtpAuthentication.OverTls && IsTls);

    private SmtpServerStep StartTls(string argument)
    {
        if (_options.Tls is null) return Unknown();
        if (IsTls) return Wrong(new SmtpServerReply(503, "5.5.1", "TLS has begun already"));
        if (argument.Length > 0) return Wrong(new SmtpServerReply(501, "5.5.4", "STARTTLS takes no argument"));
        // Read on after the handshake, it would be taken for the client's own words, which it need not be.
        if (_hasMore)
        {
            return Close(
                new SmtpServerReply(554, "5.5.0", "Nothing may follow STARTTLS before the handshake"), SmtpServerEvent.InjectedBeforeTls);
        }

        Reply = new SmtpServerReply(220, "2.0.0", "Ready to start TLS");
        return SmtpServerStep.StartTls;
    }

    private SmtpServerStep Auth(string argument)
    {
        if (_options.Authentication == SmtpAuthentication.None) return Unknown();
        if (!_greeted) return Wrong(new SmtpServerReply(503, "5.5.1", "Say EHLO first"));
        if (!TakesLogin) return Wrong(SmtpServerReply.TlsFirst);
        if (_authenticated) return Wrong(new SmtpServerReply(503, "5.5.1", "Already authenticated"));
        if (_sender is not null) return Wrong(new SmtpServerReply(503, "5.5.1", "Not in a transaction"));
        var blank = argument.IndexOf(' ');
        var initial = blank < 0 ? null : argument[(blank + 1)..].Trim(' ');
        switch ((blank < 0 ? argument : argument[..blank]).ToUpperInvariant())
        {
            case "PLAIN":
                return initial is null ? Challenge(Login.Plain, "") : Response(Login.Plain, initial);
            case "LOGIN":
                return initial is null ? Challenge(Login.User, AskUser) : Response(Login.User, initial);
            default:
                return Wrong(new SmtpServerReply(504, "5.5.4", "PLAIN or LOGIN"));
        }
    }

    private SmtpServerStep Response(Login to, string text)
    {
        // No password stays where the next command is read.
        _line.AsSpan().Clear();
        if (text == "*") return Wrong(new SmtpServerReply(501, "5.7.0", "Authentication cancelled"));
        switch (to)
        {
            case Login.Plain when SmtpCredentials.ReadPlain(text) is { } credentials:
                return Check(credentials);
            case Login.User when SmtpCredentials.ReadText(text) is { Length: > 0 } user:
                _user = user;
                return Challenge(Login.Password, AskPassword);
            case Login.Password when SmtpCredentials.ReadText(text) is { } password:
                return Check(new SmtpCredentials(_user, password));
            default:
                return Wrong(new SmtpServerReply(501, "5.5.2", "Not a response of this mechanism"));
        }
    }

    private SmtpServerStep Challenge(Login next, string text)
    {
        _login = next;
        return Say(new SmtpServerReply(334, null, text));
    }

    private SmtpServerStep Check(SmtpCredentials credentials)
    {
        (Credentials, _user) = (credentials, "");
        return Ask(SmtpServerStep.Authenticate);
    }
}
