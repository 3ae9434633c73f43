using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Messages;

namespace Silo.Core.Dkim;

/// <summary>How a signature was found; a closed set.</summary>
public enum DkimResult
{
    Pass,

    /// <summary>The field breaks the rules, or asks for what is not supported: anything but rsa-sha256.</summary>
    Malformed,

    /// <summary>The time in its tag x has passed.</summary>
    Expired,

    /// <summary>There is no usable key at its selector.</summary>
    NoKey,

    /// <summary>The body is another one.</summary>
    BodyChanged,

    /// <summary>A signed header field is another one, or was added, or somebody else signed.</summary>
    HeadersChanged,
}

/// <param name="Domain">The tag d; empty where it could not be read.</param>
/// <param name="Selector">The tag s.</param>
public sealed record DkimVerdict(DkimResult Result, string Domain, string Selector);

/// <summary>Checks signatures (RFC 6376 6.1): rsa-sha256, simple and relaxed.</summary>
public static class DkimVerifier
{
    /// <summary>Signatures of a message beyond this many are not looked at.</summary>
    public const int MaxSignatures = 10;

    private const string FieldName = "DKIM-Signature";

    /// <summary>One verdict for each signature, in their order; none for a message without.</summary>
    /// <param name="message">CRLF line ends.</param>
    /// <param name="keyRecords">The TXT records of a name as <c>selector._domainkey.domain</c>; empty for none.</param>
    /// <param name="now">For the tag x.</param>
    public static IReadOnlyList<DkimVerdict> Verify(
        ReadOnlyMemory<byte> message, Func<string, IReadOnlyList<string>> keyRecords, DateTimeOffset now)
    {
        if (HeaderBlock.Read(message.Span, out var block) is not null) return [];
        var verdicts = new List<DkimVerdict>();
        foreach (var field in block.Fields)
        {
            if (!field.Name.Equals(FieldName, StringComparison.OrdinalIgnoreCase)) continue;
            if (verdicts.Count == MaxSignatures) break;
            verdicts.Add(Verify(message.Span, block, field, keyRecords, now));
        }

        return verdicts;
    }

    private static DkimVerdict Verify(
        ReadOnlySpan<byte> content, HeaderBlock block, HeaderField field, Func<string, IReadOnlyList<string>> keyRecords, DateTimeOffset now)
    {
        if (!TagList.TryParse(HeaderBlock.Value(content, field), out var tags)) return new DkimVerdict(DkimResult.Malformed, "", "");
        var (domain, selector) = (tags["d"] ?? "", tags["s"] ?? "");
        return new DkimVerdict(Judge(content, block, field, tags, keyRecords, now), domain, selector);
    }

    private static DkimResult Judge(
        ReadOnlySpan<byte> content, HeaderBlock block, HeaderField field, TagList tags, Func<string, IReadOnlyList<string>> keyRecords,
        DateTimeOffset now)
    {
        var forms = (tags["c"] ?? "simple/simple").Split('/');
        var names = tags.Parts("h");
        if (tags["v"] != "1" || tags["a"] != "rsa-sha256" || tags["d"] is not { Length: > 0 } domain || tags["s"] is not { Length: > 0 } selector
            || forms.Length > 2 || forms.Any(f => f is not ("simple" or "relaxed"))
            || !names.Contains("from", StringComparer.OrdinalIgnoreCase) || !Speaks(tags["i"], domain)
            || tags.Bytes("bh") is not { } bodyHash || tags.Bytes("b") is not { Length: > 0 } signature
            || !TryNumber(tags["l"], out var length) || !TryNumber(tags["x"], out var expiry))
            return DkimResult.Malformed;
        if (expiry is { } until && now.ToUnixTimeSeconds() > until) return DkimResult.Expired;
        if (!BodyHash.Of(content[block.BodyStart..], forms.Length == 2 && forms[1] == "relaxed", length).AsSpan().SequenceEqual(bodyHash))
            return DkimResult.BodyChanged;

        var toHash = new ArrayBufferWriter<byte>(2_048);
        foreach (var signed in SignedHeaders.Select(block, names)) Write(content[signed.Start..signed.End], forms[0], toHash);
        Write(WithoutSignature(content[field.Start..field.End]), forms[0], toHash, isLast: true);
        var hash = SHA256.HashData(toHash.WrittenSpan);
        var hasKey = false;
        foreach (var text in keyRecords($"{selector}._domainkey.{domain}"))
        {
            if (!DkimKeyRecord.TryParse(text, out var record) || record.ToRsa() is not { } rsa) continue;
            hasKey = true;
            using (rsa)
            {
                if (rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) return DkimResult.Pass;
            }
        }

        return hasKey ? DkimResult.HeadersChanged : DkimResult.NoKey;
    }

    private static void Write(ReadOnlySpan<byte> field, string form, ArrayBufferWriter<byte> target, bool isLast = false)
    {
        if (form == "relaxed") Relaxed.Header(field, target, withLineEnd: !isLast);
        else target.Write(isLast && field.EndsWith("\r\n"u8) ? field[..^2] : field);
    }

    /// <summary>The field with an empty tag b, all other bytes as they are (RFC 6376 3.5).</summary>
    private static byte[] WithoutSignature(ReadOnlySpan<byte> field)
    {
        var text = Encoding.Latin1.GetString(field);
        var at = text.IndexOf(':', StringComparison.Ordinal) + 1;
        while (at < text.Length)
        {
            var end = text.IndexOf(';', at);
            if (end < 0) end = text.Length;
            var equals = text.IndexOf('=', at, end - at);
            if (equals >= 0 && text[at..equals].Trim(' ', '\t', '\r', '\n') == "b")
                return Encoding.Latin1.GetBytes(text[..(equals + 1)] + (end == text.Length ? "\r\n" : text[end..]));
            at = end + 1;
        }

        return field.ToArray();
    }

    /// <summary>The identity of the tag i is of the domain or below it.</summary>
    private static bool Speaks(string? identity, string domain)
    {
        if (identity is null) return true;
        var host = identity[(identity.LastIndexOf('@') + 1)..];
        return host.Equals(domain, StringComparison.OrdinalIgnoreCase)
            || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryNumber(string? text, out long? value)
    {
        value = null;
        if (text is null) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        value = number;
        return true;
    }
}
