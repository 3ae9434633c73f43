using System.Globalization;

namespace Silo.Core.Delivery;

/// <summary>A reply of a receiving server (RFC 5321 4.2) with its enhanced status code (RFC 3463), if it gave one.</summary>
/// <param name="Code">200 to 599; 0 when there was no reply, as after a failed connection.</param>
/// <param name="EnhancedCode">As "5.1.1", or null.</param>
/// <param name="Text">The text without code and enhanced code; the lines of a multi-line reply joined by a blank. At most 1,000 characters.</param>
public sealed record SmtpReply(int Code, string? EnhancedCode, string Text)
{
    public bool IsPositive => Code is >= 200 and < 400;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Code}{(EnhancedCode is null ? "" : " " + EnhancedCode)}{(Text.Length == 0 ? "" : " " + Text)}");
}
