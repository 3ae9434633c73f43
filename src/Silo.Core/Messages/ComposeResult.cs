using Silo.Core.Addresses;

namespace Silo.Core.Messages;

/// <summary>What became of a draft. A closed set.</summary>
public abstract record ComposeResult
{
    private ComposeResult()
    {
    }

    /// <param name="Content">The whole message, CRLF line ends, 7-bit but for the addresses of a draft that allows UTF-8.</param>
    /// <param name="From">The parsed sender.</param>
    /// <param name="Recipients">To, Cc, Bcc in this order, repetitions kept.</param>
    /// <param name="NeedsSmtpUtf8">An address that stands in the headers holds UTF-8 (RFC 6531).</param>
    public sealed record Composed(
        ReadOnlyMemory<byte> Content, Mailbox From, IReadOnlyList<EmailAddress> Recipients, bool NeedsSmtpUtf8) : ComposeResult;

    /// <param name="Member">The member at fault, relative to the content: <c>Headers[2].Name</c>, <c>Destination.ToAddresses[0]</c>.</param>
    /// <param name="Reason">A sentence that begins with the member.</param>
    public sealed record Refused(string Member, string Reason) : ComposeResult;
}
