using System.Globalization;

namespace Silo.Core.Blocklists;

public enum BlocklistAnswerKind
{
    NotListed,
    Listed,

    /// <summary>Nobody knows: it is neither a listing nor the end of one.</summary>
    Error,
}

/// <summary>What a list says about an address or a domain.</summary>
/// <param name="Codes">Of a listing, in words: "127.0.0.2, 127.0.0.4".</param>
/// <param name="Problem">Of an error: a sentence without a full stop; no key stands in it.</param>
public sealed record BlocklistAnswer(BlocklistAnswerKind Kind, string? Codes = null, string? Problem = null)
{
    // A list has few codes; more than these are not an answer worth reading.
    private const int MaxCodes = 16;

    public static BlocklistAnswer NotListed { get; } = new(BlocklistAnswerKind.NotListed);

    public static BlocklistAnswer Error(string problem) => new(BlocklistAnswerKind.Error, null, problem);

    /// <summary>Reads the A records that came: none when there is no such name.</summary>
    public static BlocklistAnswer Read(BlocklistZone zone, IReadOnlyList<BlocklistCode> codes) => Read(codes, zone.Listed, zone.Ignored);

    /// <summary>The same for an entry that lists have for tests, whatever its code.</summary>
    public static BlocklistAnswer ReadTest(IReadOnlyList<BlocklistCode> codes) => Read(codes, [], []);

    private static BlocklistAnswer Read(IReadOnlyList<BlocklistCode> codes, IReadOnlyList<CodeRange> listed, IReadOnlyList<CodeRange> ignored)
    {
        var meant = new List<BlocklistCode>();
        BlocklistCode? strange = null;
        foreach (var code in codes.Distinct().Take(MaxCodes))
        {
            if (!code.IsLoopback)
                return Error($"It answers {code}, which is outside of 127.0.0.0/8: the name may be somebody else's, or a resolver makes up answers");
            if (code.IsRefusal) return Error(Refusal(code));
            if (listed.Any(r => r.Contains(code))) meant.Add(code);
            else if (ignored.Any(r => r.Contains(code))) continue;
            else if (code.IsOne) return Error("It answers 127.0.0.1, with which lists refuse to answer");
            else if (listed.Count == 0) meant.Add(code);
            else strange = code;
        }

        if (meant.Count > 0) return new BlocklistAnswer(BlocklistAnswerKind.Listed, string.Join(", ", meant.OrderBy(c => c.Value)));
        return strange is { } unknown ? Error($"It answers {unknown}, which is none of its codes") : NotListed;
    }

    // Spamhaus, "return codes"; others use the same range.
    private static string Refusal(BlocklistCode code) => (code.Value & 255) switch
    {
        252 => "It answers 127.255.255.252: the name of the zone is misspelt",
        254 => "It answers 127.255.255.254: it does not answer public resolvers; ask through a name server of your own, or with a key",
        255 => "It answers 127.255.255.255: too many questions",
        var other => string.Create(CultureInfo.InvariantCulture, $"It answers 127.255.255.{other}, with which lists refuse to answer"),
    };
}

/// <summary>Whether a list is believed at the moment (RFC 5782 5): it has its test entry, and it does not list what none may.</summary>
/// <param name="Problem">Null when it is believed; else a sentence without a full stop.</param>
public readonly record struct ZoneTrust(string? Problem)
{
    public bool IsBelieved => Problem is null;

    /// <param name="test">What it says of the entry that is always there.</param>
    /// <param name="clean">What it says of what is never there.</param>
    public static ZoneTrust Judge(BlocklistAnswer test, BlocklistAnswer clean) => (test.Kind, clean.Kind) switch
    {
        (BlocklistAnswerKind.Error, _) => new ZoneTrust(test.Problem),
        (_, BlocklistAnswerKind.Error) => new ZoneTrust(clean.Problem),
        (_, BlocklistAnswerKind.Listed) => new ZoneTrust("It lists what no list may: it lists the world"),
        (BlocklistAnswerKind.NotListed, _) => new ZoneTrust("It does not have its test entry: it is empty, or was given up"),
        _ => default,
    };
}
