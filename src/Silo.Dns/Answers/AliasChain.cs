using System.Collections.Immutable;

namespace Silo.Dns.Answers;

/// <summary>The names from the asked one to the one that it is an alias of, over all servers asked. It only grows, and ends.</summary>
/// <param name="Names">The asked one first.</param>
/// <param name="TimeToLive">The shortest of the aliases.</param>
internal sealed record AliasChain(ImmutableArray<string> Names, TimeSpan TimeToLive)
{
    public const int MaxAliases = 8;

    /// <summary>Whose records are looked for.</summary>
    public string Last => Names[^1];

    public static AliasChain From(string name) => new([name], TimeSpan.MaxValue);

    /// <summary>The chain with one more alias; null with the reason when it is a loop or too long.</summary>
    public AliasChain? With(NameRecord alias, out string? reason)
    {
        reason = Names.Contains(alias.Target) ? $"{Names[0]} is an alias of itself"
            : Names.Length > MaxAliases ? $"{Names[0]} is an alias over more than {MaxAliases} steps"
            : null;
        return reason is null ? new AliasChain(Names.Add(alias.Target), Shorter(TimeToLive, alias.TimeToLive)) : null;
    }

    public static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
