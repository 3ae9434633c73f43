using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Messages;

namespace Silo.Core.Dkim;

/// <summary>Signs messages: rsa-sha256, relaxed/relaxed (RFC 6376).</summary>
public static class DkimSigner
{
    private const int LineCharacters = 76;

    /// <summary>
    /// The message with one DKIM-Signature field for each key in front, the first key's first. The body is hashed once for all. Null for a
    /// message whose header block cannot be read, or that has no end of it: nothing could be signed in it that a verifier would find.
    /// </summary>
    /// <param name="message">CRLF line ends, as it leaves.</param>
    /// <param name="keys">At least one.</param>
    /// <param name="at">The tag t.</param>
    public static ReadOnlyMemory<byte>? Sign(ReadOnlyMemory<byte> message, IReadOnlyList<DkimKey> keys, DateTimeOffset at)
    {
        var content = message.Span;
        if (HeaderBlock.Read(content, out var block) is not null || !block.IsComplete) return null;
        var names = SignedHeaders.Of(block);
        var headers = new ArrayBufferWriter<byte>(2_048);
        foreach (var field in SignedHeaders.Select(block, names)) Relaxed.Header(content[field.Start..field.End], headers);
        var bodyHash = Convert.ToBase64String(BodyHash.Of(content[block.BodyStart..], isRelaxed: true));

        var fields = new StringBuilder(800 * keys.Count);
        foreach (var key in keys) fields.Append(Field(key, names, bodyHash, headers.WrittenSpan, at));
        var signed = new byte[fields.Length + content.Length];
        Encoding.ASCII.GetBytes(fields.ToString(), signed);
        content.CopyTo(signed.AsSpan(fields.Length));
        return signed;
    }

    private static StringBuilder Field(
        DkimKey key, IReadOnlyList<string> names, string bodyHash, ReadOnlySpan<byte> headers, DateTimeOffset at)
    {
        var field = new StringBuilder(800)
            .Append("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=").Append(key.Domain)
            .Append(";\r\n s=").Append(key.Selector).Append("; t=")
            .Append(at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)).Append(";\r\n h=");
        var column = " h=".Length;
        for (var i = 0; i < names.Count; i++)
        {
            if (i > 0) field.Append(':');
            if (column + names[i].Length + 1 > LineCharacters)
            {
                field.Append("\r\n ");
                column = 1;
            }

            field.Append(names[i]);
            column += names[i].Length + 1;
        }

        field.Append(";\r\n bh=").Append(bodyHash).Append(";\r\n b=");
        var unsigned = Encoding.ASCII.GetBytes(field.ToString());
        var toHash = new ArrayBufferWriter<byte>(headers.Length + unsigned.Length + 3);
        toHash.Write(headers);
        Relaxed.Header(unsigned, toHash, withLineEnd: false);
        var signature = Convert.ToBase64String(key.SignHash(SHA256.HashData(toHash.WrittenSpan)));
        for (var from = 0; from < signature.Length; from += LineCharacters - 4)
        {
            if (from > 0) field.Append("\r\n ");
            field.Append(signature, from, Math.Min(LineCharacters - 4, signature.Length - from));
        }

        return field.Append("\r\n");
    }
}
