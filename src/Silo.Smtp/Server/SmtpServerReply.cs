using System.Buffers;
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

    internal void AppendTo(IBufferWriter<byte> output)
    {
        Span<byte> code = stackalloc byte[4];
        Code.TryFormat(code, out _, "D3", CultureInfo.InvariantCulture);
        for (var i = 0; i < Text.Count; i++)
        {
            code[3] = i < Text.Count - 1 ? (byte)'-' : (byte)' ';
            output.Write(code);
            if (EnhancedCode is not null)
            {
                Encoding.UTF8.GetBytes(EnhancedCode, output);
                output.Write(" "u8);
            }

            Encoding.UTF8.GetBytes(Text[i], output);
            output.Write("\r\n"u8);
        }
    }

    public override string ToString()
    {
        var text = new ArrayBufferWriter<byte>();
        AppendTo(text);
        return Encoding.UTF8.GetString(text.WrittenSpan).TrimEnd();
    }
}
