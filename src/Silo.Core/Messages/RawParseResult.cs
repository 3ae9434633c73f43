namespace Silo.Core.Messages;

/// <summary>What became of a raw message. A closed set.</summary>
public abstract record RawParseResult
{
    private RawParseResult()
    {
    }

    /// <param name="Message">The message, its line ends CRLF.</param>
    public sealed record Parsed(ParsedMessage Message) : RawParseResult;

    /// <param name="Member">Always <c>Content.Raw.Data</c>.</param>
    /// <param name="Reason">A sentence that begins with the member and names the header or line at fault.</param>
    public sealed record Refused(string Member, string Reason) : RawParseResult;
}
