using System.Globalization;

namespace Silo.Core.Messages;

/// <summary>Message ids in the shape of SES: 16 hex digits that grow with time, a UUID, 6 digits, joined by hyphens.</summary>
public static class MessageIdFormat
{
    public const int Length = 60;

    // SES ids begin with a code of the region (0100 is us-east-1), then 12 digits of milliseconds since 1970.
    private const string Prefix = "0100";

    // Behind the UUID.
    private const string Suffix = "-000000";
    private const long MaxMilliseconds = (1L << 48) - 1;

    // Of a UUID that holds a scope: where its version and its last 24 bits stand.
    private const int VersionAt = 31;
    private const int ScopeAt = 47;

    // Then one that tells traits: 24 bits of the provider first, and behind the version a mark, which ids of older releases have by chance
    // once in 256, and the traits.
    private const int ProviderAt = 17;
    private const string TraitsMark = "51";
    private const ulong TraitsMarkBits = 0x510;
    private const ulong ProviderBits = 0xFFFF_FF00_0000_0000;

    /// <param name="acceptedAt">1970 or later.</param>
    /// <param name="random">
    /// Random bits: 122 of them become the UUID (version 4, RFC 9562 5.4), 86 of one that holds a scope, 62 of one that counts in metrics.
    /// </param>
    /// <param name="scope">
    /// What the message was sent with (<see cref="MailScope"/>), which its id then tells (version 8, RFC 9562 5.8); 0 for none.
    /// </param>
    /// <param name="traits">Told with a scope alone.</param>
    /// <param name="provider">The number of its only recipient's provider (<see cref="Addresses.MailboxProvider.NumberOf"/>), if it is counted.</param>
    public static string Create(
        DateTimeOffset acceptedAt, UInt128 random, int scope = 0, MailTraits traits = MailTraits.None, int provider = 0)
    {
        var milliseconds = Math.Clamp(acceptedAt.ToUnixTimeMilliseconds(), 0, MaxMilliseconds);
        var high = ((ulong)(random >> 64) & 0xFFFF_FFFF_FFFF_0FFF) | (scope == 0 ? 0x4000UL : 0x8000UL);
        var low = ((ulong)random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        if (scope != 0)
        {
            low = (low & ~(ulong)MailScope.MaxNumber) | (uint)scope;
            high = (high & ~0xFFFUL) | TraitsMarkBits | (ulong)traits;
            if ((traits & MailTraits.Counted) != 0) high = (high & ~ProviderBits) | ((ulong)(uint)provider << 40);
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{Prefix}{milliseconds:x12}-{high >> 32:x8}-{(high >> 16) & 0xFFFF:x4}-{high & 0xFFFF:x4}-{low >> 48:x4}-{low & 0xFFFF_FFFF_FFFF:x12}{Suffix}");
    }

    /// <summary>What an id of ours consists of, in less room: <see cref="ToText"/> makes the same id of it. False for any other text.</summary>
    /// <param name="milliseconds">Since 1970, of the acceptance.</param>
    public static bool TryParse(string? messageId, out long milliseconds, out UInt128 uuid)
    {
        (milliseconds, uuid) = (0, default);
        if (!TryGetAcceptedAt(messageId, out var acceptedAt) || !messageId!.EndsWith(Suffix, StringComparison.Ordinal)) return false;
        milliseconds = acceptedAt.ToUnixTimeMilliseconds();
        var digits = messageId[17..53].Replace("-", "", StringComparison.Ordinal);
        uuid = UInt128.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>The id of which <see cref="TryParse"/> gave these.</summary>
    public static string ToText(long milliseconds, UInt128 uuid)
    {
        var digits = uuid.ToString("x32", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Prefix}{milliseconds:x12}-{digits[..8]}-{digits[8..12]}-{digits[12..16]}-{digits[16..20]}-{digits[20..]}{Suffix}");
    }

    /// <summary>The scope that an id tells; 0 for one that tells none, or is not one of ours.</summary>
    public static int ScopeOf(string? messageId) =>
        messageId is { Length: Length } && messageId[VersionAt] == '8'
        && int.TryParse(messageId.AsSpan(ScopeAt, 6), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var scope) ? scope : 0;

    /// <summary>The traits that an id tells; none for one that tells none.</summary>
    public static MailTraits TraitsOf(string? messageId) =>
        messageId is { Length: Length } && messageId[VersionAt] == '8'
        && messageId.AsSpan(VersionAt + 1, TraitsMark.Length).SequenceEqual(TraitsMark) && char.IsAsciiHexDigitLower(messageId[VersionAt + 3])
            ? (MailTraits)HexValue(messageId[VersionAt + 3])
            : MailTraits.None;

    /// <summary>The number of the provider of a message that is counted; 0 when its id tells none.</summary>
    public static int ProviderOf(string? messageId) =>
        (TraitsOf(messageId) & MailTraits.Counted) != 0
        && int.TryParse(messageId.AsSpan(ProviderAt, 6), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var provider)
            ? provider
            : 0;

    /// <summary>When the message of an id was accepted, to the millisecond; false for an id that is not one of ours.</summary>
    public static bool TryGetAcceptedAt(string? messageId, out DateTimeOffset acceptedAt)
    {
        acceptedAt = default;
        if (messageId is not { Length: Length } || !messageId.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        for (var i = 0; i < Length; i++)
        {
            var hyphen = i is 16 or 25 or 30 or 35 or 40 or 53;
            if (hyphen ? messageId[i] != '-' : !char.IsAsciiHexDigitLower(messageId[i])) return false;
        }

        var milliseconds = long.Parse(messageId.AsSpan(Prefix.Length, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()) return false;
        acceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return true;
    }

    private static int HexValue(char digit) => digit <= '9' ? digit - '0' : digit - 'a' + 10;
}
