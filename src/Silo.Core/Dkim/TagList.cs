using System.Diagnostics.CodeAnalysis;

namespace Silo.Core.Dkim;

/// <summary>A list of tags, "a=b; c=d" (RFC 6376 3.2). Names count with their case; a name stands once.</summary>
internal sealed class TagList
{
    private readonly Dictionary<string, string> _tags = new(StringComparer.Ordinal);

    public string? this[string name] => _tags.GetValueOrDefault(name);

    public static bool TryParse(string text, [NotNullWhen(true)] out TagList? tags)
    {
        tags = null;
        var list = new TagList();
        var parts = text.Split(';');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Trim(' ', '\t', '\r', '\n');
            // A semicolon may end the list.
            if (part.Length == 0 && i == parts.Length - 1) break;
            var equals = part.IndexOf('=');
            if (equals <= 0) return false;
            var name = part[..equals].TrimEnd(' ', '\t', '\r', '\n');
            if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')) return false;
            if (!list._tags.TryAdd(name, part[(equals + 1)..].TrimStart(' ', '\t', '\r', '\n'))) return false;
        }

        tags = list;
        return list._tags.Count > 0;
    }

    /// <summary>Base64 may be folded anywhere. Null when it is none.</summary>
    public byte[]? Bytes(string name)
    {
        if (this[name] is not { } value) return null;
        var compact = string.Concat(value.Where(c => c is not (' ' or '\t' or '\r' or '\n')));
        var bytes = new byte[compact.Length];
        return Convert.TryFromBase64String(compact, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>The parts between colons, without the blanks around them.</summary>
    public IReadOnlyList<string> Parts(string name) =>
        this[name] is { } value ? [.. value.Split(':').Select(p => p.Trim(' ', '\t', '\r', '\n'))] : [];
}
