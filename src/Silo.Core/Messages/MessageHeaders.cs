namespace Silo.Core.Messages;

/// <summary>The headers of a whole message.</summary>
public static class MessageHeaders
{
    /// <summary>In their order, unfolded; those that stand before anything that is no header. Bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="content">With CRLF line ends.</param>
    public static IReadOnlyList<MessageHeader> Read(ReadOnlySpan<byte> content)
    {
        HeaderBlock.Read(content, out var block);
        var headers = new List<MessageHeader>(block.Fields.Count);
        foreach (var field in block.Fields) headers.Add(new MessageHeader(field.Name, HeaderBlock.Value(content, field)));
        return headers;
    }
}
