using Silo.Dns.Answers;
using Silo.Dns.Wire;

namespace Silo.Dns.Asking;

/// <summary>What the caller is told, and for how long it holds. Pure.</summary>
internal static class Composition
{
    public static TimeSpan TimeToLiveOf(Asked asked, DnsClientOptions options)
    {
        if (asked.Finding is not { } finding) return options.FailureTimeToLive;
        if (finding.TimeToLive is not { } given) return TimeSpan.Zero;
        var bounded = TimeSpan.FromTicks(Math.Clamp(given.Ticks, options.MinTimeToLive.Ticks, options.MaxTimeToLive.Ticks));
        return finding.Kind == FindingKind.Found ? bounded : AliasChain.Shorter(bounded, options.NegativeMax);
    }

    public static DnsAnswer AnswerOf(DnsQuestion question, Asked asked, DateTimeOffset validUntil) => asked.Finding switch
    {
        { Kind: FindingKind.Found } found => new DnsAnswer(DnsAnswerKind.Found, found.Records, validUntil, asked.IsAuthenticated),
        { Kind: FindingKind.NoData } missing => new DnsAnswer(DnsAnswerKind.NoData, [], validUntil, asked.IsAuthenticated)
        {
            Detail = $"{TextOf(missing.Chain)} has no {TextOf(question.Type)} record",
        },
        { } missing => new DnsAnswer(DnsAnswerKind.NameNotFound, [], validUntil, asked.IsAuthenticated)
        {
            Detail = $"{TextOf(missing.Chain)} does not exist",
        },
        null => new DnsAnswer(asked.SomebodyAnswered ? DnsAnswerKind.ServerFailure : DnsAnswerKind.TimedOut, [], validUntil, false)
        {
            Detail = asked.Faults.Count > 0 ? string.Join("; ", asked.Faults) : "the time for the question was over",
        },
    };

    private static string TextOf(AliasChain chain)
    {
        var name = chain.Last.Length == 0 ? "the root" : chain.Last;
        return chain.Names.Length == 1 ? name : $"{name}, which {chain.Names[0]} is an alias of,";
    }

    private static string TextOf(DnsRecordType type) => type.ToString().ToUpperInvariant();
}
