using System.Globalization;
using System.Text;

namespace Silo.Smtp.Server;

/// <summary>What a server answers to a command (RFC 5321 4.2, enhanced codes RFC 2034).</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="EnhancedCode">As "5.7.1"; null for those replies that have none.</param>
/// <param name="Text">ASCII; the lines of a multi-line reply, one at least.</param>
public sealed record SmtpServerReply(int Code, string? EnhancedCode, params IReadOnlyList<string> Text)
{
    public bool IsPositive => Code is >= 200 and < 400;

    /// <summary>What SES says to a client that is to begin with TLS.</summary>
    public static SmtpServerReply TlsFirst { get; } = new(530, "5.7.0", "Must issue a STARTTLS command first");

    internal static SmtpServerReply Ok { get; } = new(250, "2.0.0", "Ok");

    internal void AppendTo(StringBuilder output)
    {
        for (var i = 0; i < Text.Count; i++)
        {
            output.Append(CultureInfo.InvariantCulture, $"{Code:D3}{(i < Text.Count - 1 ? '-' : ' ')}");
            if (EnhancedCode is not null) output.Append(EnhancedCode).Append(' ');
            output.Append(Text[i]).Append("\r\n");
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        AppendTo(text);
        return text.ToString().TrimEnd();
    }
}
