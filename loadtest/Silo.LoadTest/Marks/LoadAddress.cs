using System.Globalization;

namespace Silo.LoadTest.Marks;

/// <summary>What the recipient of a message of a run asks the sink to do with it, whatever the profile of its provider says.</summary>
internal enum LoadFate
{
    /// <summary>What the provider's profile decides.</summary>
    Profile,

    /// <summary>550 5.1.1 to RCPT: there is no such mailbox.</summary>
    Bounce,

    /// <summary>Taken, and then complained about.</summary>
    Complain,

    /// <summary>451 to RCPT, at the first attempt only.</summary>
    Defer,
}

/// <summary>
/// The recipient of a message of a run, which says at RCPT already which message it is: <c>ok.1a2b.17.3.42@gmail.com</c> is the 42nd of
/// lane 3 of tenant 17 in run 1a2b. No two messages of a run have the same.
/// </summary>
/// <param name="Domain">Of a mailbox provider, in lower case.</param>
internal readonly record struct LoadAddress(LoadFate Fate, string Run, int Tenant, int Lane, long Number, string Domain)
{
    private static readonly string[] Fates = ["ok", "bounce", "complain", "defer"];

    public static string NameOf(LoadFate fate) => Fates[(int)fate];

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{NameOf(Fate)}.{Run}.{Tenant}.{Lane}.{Number}@{Domain}");

    /// <summary>False for anything that <see cref="ToString"/> would not have written.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LoadAddress address)
    {
        address = default;
        var at = text.LastIndexOf('@');
        if (at < 0 || at == text.Length - 1 || text.Length > 254) return false;
        Span<Range> parts = stackalloc Range[6];
        var local = text[..at];
        if (local.Split(parts, '.') != 5) return false;
        var fate = FateOf(local[parts[0]]);
        var run = local[parts[1]];
        if (fate < 0 || run.Length is < 1 or > 16 || run.ContainsAnyExcept("0123456789abcdef")) return false;
        if (!int.TryParse(local[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var tenant)) return false;
        if (!int.TryParse(local[parts[3]], NumberStyles.None, CultureInfo.InvariantCulture, out var lane)) return false;
        if (!long.TryParse(local[parts[4]], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        address = new LoadAddress((LoadFate)fate, run.ToString(), tenant, lane, number, text[(at + 1)..].ToString());
        return true;
    }

    private static int FateOf(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < Fates.Length; i++)
            if (name.SequenceEqual(Fates[i])) return i;
        return -1;
    }
}
