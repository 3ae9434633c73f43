using System.Buffers.Text;
using System.Text;

namespace Silo.LoadTest.Sinks;

/// <summary>A text with a tenant's number in it, as <c>t{tenant}.load.example</c>, checked without making a string.</summary>
internal readonly struct TenantPattern
{
    private const string Place = "{tenant}";

    private readonly byte[] _before;
    private readonly byte[] _after;
    private readonly bool _hasPlace;

    public TenantPattern(string pattern)
    {
        var at = pattern.IndexOf(Place, StringComparison.Ordinal);
        _hasPlace = at >= 0;
        _before = Encoding.UTF8.GetBytes(_hasPlace ? pattern[..at] : pattern);
        _after = _hasPlace ? Encoding.UTF8.GetBytes(pattern[(at + Place.Length)..]) : [];
    }

    /// <summary>Without regard to the case of A to Z.</summary>
    public bool IsOf(ReadOnlySpan<byte> text, int tenant)
    {
        if (!_hasPlace) return Ascii.EqualsIgnoreCase(text, _before);
        if (text.Length <= _before.Length + _after.Length) return false;
        var digits = text[_before.Length..^_after.Length];
        return Utf8Parser.TryParse(digits, out int found, out var length) && length == digits.Length && found == tenant
            && Ascii.EqualsIgnoreCase(text[.._before.Length], _before) && Ascii.EqualsIgnoreCase(text[^_after.Length..], _after);
    }

    public string Of(int tenant) => Encoding.UTF8.GetString(_before) + (_hasPlace ? $"{tenant}{Encoding.UTF8.GetString(_after)}" : "");
}
