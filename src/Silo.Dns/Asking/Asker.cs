using Silo.Dns.Answers;
using Silo.Dns.Servers;
using Silo.Dns.Wire;

namespace Silo.Dns.Asking;

/// <summary>How a question ended with the servers.</summary>
/// <param name="Finding">Found, NoData or NameNotFound; null when no server had an answer.</param>
/// <param name="IsAuthenticated">All responses that it is made of were.</param>
/// <param name="Bytes">Of those responses.</param>
internal sealed record Asked(Finding? Finding, bool IsAuthenticated, int Bytes)
{
    /// <summary>Without a finding: at least one server said something.</summary>
    public bool SomebodyAnswered { get; init; }

    /// <summary>Without a finding: what each server did, in the order of asking.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];
}

/// <summary>
/// Asks the servers in turn until one answers. One that answers badly is not asked again for the same question; one that does not answer
/// is, after the others. Aliases that a server does not follow are asked for here.
/// </summary>
internal sealed class Asker(DnsClientOptions options, NameServers servers, Exchanger exchanger)
{
    public async Task<Asked> Ask(DnsQuestion question, CancellationToken end)
    {
        var chain = AliasChain.From(question.Name);
        var (authenticated, bytes) = (true, 0);
        // It ends: the chain becomes longer with each round, and may not become too long.
        while (true)
        {
            var asked = await AskServers(question, chain, end);
            authenticated &= asked.IsAuthenticated;
            bytes += asked.Bytes;
            if (asked.Finding is not { Kind: FindingKind.GoesOn } step)
                return asked with { IsAuthenticated = authenticated, Bytes = bytes };
            chain = step.Chain;
            if (DomainName.Normalize(chain.Last) is null) return NoWayOn(question, bytes);
        }
    }

    private static Asked NoWayOn(DnsQuestion question, int bytes) => new(null, false, bytes)
    {
        SomebodyAnswered = true,
        Faults = [$"{question.Name} is an alias of what is no domain name"],
    };

    private async Task<Asked> AskServers(DnsQuestion question, AliasChain chain, CancellationToken end)
    {
        var faults = new List<string>();
        var answered = false;
        var remaining = new List<int>();
        for (int i = 0, first = servers.First(); i < servers.All.Count; i++) remaining.Add((first + i) % servers.All.Count);
        for (var (tries, at) = (0, 0); tries < options.Tries && remaining.Count > 0 && !end.IsCancellationRequested; tries++)
        {
            at %= remaining.Count;
            var index = remaining[at];
            var exchange = await exchanger.Ask(servers.All[index], question with { Name = chain.Last }, end);
            if (exchange.Response is { } response)
            {
                var finding = ResponseJudge.Judge(question.Type, chain, response);
                if (finding.Kind != FindingKind.Unusable) return new Asked(finding, response.IsAuthenticated, exchange.Bytes);
                exchange = exchange with { Fault = finding.Reason };
            }

            if (exchange.Kind is ExchangeKind.TimedOut or ExchangeKind.Unreachable) servers.DidNotAnswer(index);
            else answered = true;
            // The next in line moves up to this place.
            if (exchange.Kind == ExchangeKind.TimedOut) at++;
            else remaining.RemoveAt(at);
            var fault = $"{servers.All[index]} {exchange.Fault}";
            if (!faults.Contains(fault)) faults.Add(fault);
        }

        return new Asked(null, false, 0) { SomebodyAnswered = answered, Faults = faults };
    }
}
