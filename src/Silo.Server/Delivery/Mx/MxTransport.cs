using System.Net.Sockets;
using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Dns;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Mx;

/// <summary>
/// Delivers to the recipients' own servers: the MX hosts of each domain (RFC 5321 5.1), over connections that are kept. What one domain's
/// servers do holds up nobody else's mail.
/// </summary>
public sealed partial class MxTransport : ITransport
{
    // Rests and looks that are remembered; each is some hundred bytes.
    private const int MaxRemembered = 100_000;
    private const int MaxPolicies = 10_000;

    // How long mail stays away that found no room, or the way being tried by another; up to twice as long, so that it does not come
    // back all at once.
    private static readonly TimeSpan Aside = TimeSpan.FromSeconds(5);

    private readonly MxOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly MxRouter _router;
    private readonly MxDialer _dialer;
    private readonly MtaStsFetcher? _fetcher;
    private readonly MtaSts? _policies;
    private readonly MxSource[] _sources;
    private readonly PoolSources _ofPools;
    private readonly RouteRests _rests;
    private readonly RouteRests _slowed;
    private readonly FirstLooks _looks = new(MaxRemembered);
    private readonly DialogueResults _results;
    private readonly ILogger<MxTransport> _logger;

    /// <param name="providers">Told whose hosts a domain has.</param>
    /// <param name="random">Thread-safe.</param>
    /// <param name="https">What MTA-STS policies are read through; null for HTTPS. Owned from here on.</param>
    public MxTransport(
        MxOptions options, DnsClient dns, MailboxProviders providers, ReplyRuleBook rules, Random random, TimeProvider time,
        ILogger<MxTransport> logger, HttpMessageHandler? https = null)
    {
        (_options, _time, _random, _logger) = (options, time, random, logger);
        _router = new MxRouter(options, dns, providers, random);
        _dialer = new MxDialer(options, _router, time);
        _rests = new RouteRests(options.RestMin, options.RestMax, MaxRemembered);
        _slowed = new RouteRests(options.RestMin, options.RestMax, MaxRemembered);
        _results = new DialogueResults(rules, DeliveryResultKind.Delivered, "server");
        List<MxSourceOptions> sources = options.Sources.Count > 0 ? options.Sources : [new MxSourceOptions()];
        _sources = [.. sources.Select((s, i) => new MxSource(i, s, options, time))];
        _ofPools = new PoolSources(options, _sources.Length, time);
        if (!options.MtaSts) return;
        _fetcher = new MtaStsFetcher(https ?? MtaStsFetcher.Https(_router), time);
        _policies = new MtaSts(dns, _fetcher, time, MaxPolicies, LogPolicyNotRead);
    }

    /// <summary>Connections that are lent, idle or being opened.</summary>
    public int OpenConnections => _sources.Concat(_ofPools.All).Sum(s => s.Pool.OpenCount);

    /// <summary>Connections that are open and unused.</summary>
    public int IdleConnections => _sources.Concat(_ofPools.All).Sum(s => s.Pool.IdleCount);

    public bool LeavesFromAddresses => true;

    public bool PacesSites => true;

    public bool CanLeaveFrom(SourceIp ip) =>
        _options.UseIPv6 || ip.Document.Via is not null || ip.Address.AddressFamily == AddressFamily.InterNetwork;

    public void Follow(EgressPlan plan)
    {
        _router.Follow(plan);
        _ofPools.Follow(plan);
    }

    public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
    {
        try
        {
            if (handOver.Source is not { } ip) return await Route(handOver, null, cancellationToken);
            // Gone since: the mail leaves from another.
            if (_ofPools.Take(ip.Document.Ip) is not { } source) return DeliveryResult.NotStarted;
            try
            {
                return await Route(handOver, source, cancellationToken);
            }
            finally
            {
                _ofPools.Release(source);
            }
        }
        catch (OperationCanceledException)
        {
            // While names were looked up: nothing was written that could have left.
            return DeliveryResult.NotStarted;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync();
        await _ofPools.DisposeAsync();
        _fetcher?.Dispose();
    }

    /// <param name="ofPool">The address of a pool from which it is to leave; null for a source that is configured.</param>
    private async ValueTask<DeliveryResult> Route(HandOver handOver, MxSource? ofPool, CancellationToken cancellationToken)
    {
        var domain = handOver.Recipient[(handOver.Recipient.LastIndexOf('@') + 1)..].ToLowerInvariant();
        if (domain.StartsWith('['))
            return Bounce(DeliveryResultKind.HardBounce, "5.1.3", "Mail to an address in brackets is not delivered: no MX record is behind it");
        var (route, none) = await _router.Find(domain, cancellationToken);
        if (route is null) return NoWay(domain, none!);

        var policy = _policies is null ? null : await _policies.Enforced(domain, cancellationToken);
        var atLeast = policy is not null ? ConnectionProtection.Verified
            : handOver.Envelope.TlsRequired ? ConnectionProtection.Encrypted : ConnectionProtection.None;
        var source = ofPool ?? MxSource.Of(_sources, handOver.Envelope.TenantName, domain);
        var key = new RestKey(source.Number, route.HostSet, atLeast);
        var site = new Site(key with { Protection = ConnectionProtection.None }, IsPacedHere(handOver, route), _time.GetUtcNow());
        var (sourceVerdict, way) = (Enter(_rests, SourceKey(source)), Enter(_rests, key));
        var pace = site.IsPaced ? Enter(_slowed, site.Key) : default;
        if ((sourceVerdict.Stop ?? way.Stop ?? pace.Stop) is { } stop)
        {
            End();
            return ofPool is not null && sourceVerdict.Stop is { } rests ? FromAnother(handOver, rests) : stop;
        }

        var carrier = new MxCarrier(_options, _dialer, source, route, policy, atLeast, LogStale);
        try
        {
            var outcome = await carrier.Carry(handOver, cancellationToken);
            var result = outcome is { } reached ? Reached(source, key, site, route, reached) : NotReached(source, key, route, carrier);
            LogCarried(handOver.Envelope.MessageId, source.Name, result.RemoteHost, result.Kind);
            if (ofPool is null) return result;
            if (carrier.Attempt.SourceFailed) return FromAnother(handOver, result);
            // Something was connected, or refused by another side.
            var tried = outcome is { NoRoom: false } || carrier.Attempt.Failure is not null;
            if (tried && result.Kind != DeliveryResultKind.NotStarted) handOver.SourceWorks();
            return result;
        }
        finally
        {
            End();
        }

        // What was learned has ended the probe already.
        void End()
        {
            if (sourceVerdict.IsProbe) _rests.NothingLearned(SourceKey(source));
            if (way.IsProbe) _rests.NothingLearned(key);
            if (pace.IsProbe) _slowed.NothingLearned(site.Key);
        }
    }

    /// <summary>
    /// Hosts that are nobody's, for mail that stands in line with that of all such: a provider's hosts serve many domains, which are not to rest
    /// for what one of them is told.
    /// </summary>
    private static bool IsPacedHere(HandOver handOver, MxRoute route) =>
        route.Provider == MailboxProvider.Other && MailboxProvider.Of(handOver.Recipient, handOver.Provider) == MailboxProvider.Other;

    /// <summary>The address does not work: whoever gave the mail to it is told, and no time of the mail's is lost.</summary>
    private static DeliveryResult FromAnother(HandOver handOver, DeliveryResult failed)
    {
        // While another hand-over tries it.
        if (failed is not { Kind: DeliveryResultKind.RouteFailed, RestsUntil: { } until }) return failed;
        handOver.SourceFailed(failed.Diagnostic ?? "", until);
        return DeliveryResult.NotStarted;
    }

    private static RestKey SourceKey(MxSource source) => new(source.Number, "", ConnectionProtection.None);

    private (DeliveryResult? Stop, bool IsProbe) Enter(RouteRests rests, RestKey key)
    {
        var now = _time.GetUtcNow();
        var (verdict, until, reason) = rests.Enter(key, now);
        return verdict switch
        {
            // Waiting for the pace that they ask for costs no lifetime.
            RestVerdict.Rests when rests == _slowed =>
                (RouteFailed(DeliveryStage.None, reason, until) with { DeferralScope = DeferralScope.SlowDown }, false),
            RestVerdict.Rests => (RouteFailed(DeliveryStage.Connect, reason, until), false),
            RestVerdict.Probed => (Later(), false),
            _ => (null, verdict == RestVerdict.Probe),
        };
    }

    private DeliveryResult NoWay(string domain, NoRoute none)
    {
        var now = _time.GetUtcNow();
        switch (none.Kind)
        {
            case NoRouteKind.NullMx:
                return Bounce(DeliveryResultKind.HardBounce, "5.1.10", none.Detail);
            case NoRouteKind.BadName:
                return Bounce(DeliveryResultKind.HardBounce, "5.1.2", none.Detail);
            case NoRouteKind.Ours:
                // The address may be good: it is our set-up, or theirs, that is not.
                return Bounce(DeliveryResultKind.SoftBounce, "5.4.6", none.Detail);
            case NoRouteKind.Nowhere:
                return _looks.Found(domain, none.AnswersUntil, now) is { } again
                    ? RouteFailed(DeliveryStage.Connect, none.Detail + "; this is asked once more before the mail is returned.", again)
                    : Bounce(DeliveryResultKind.HardBounce, "5.1.2", none.Detail + ", as name servers said twice");
            default:
                var key = new RestKey(-1, domain, ConnectionProtection.None);
                return RouteFailed(DeliveryStage.Connect, none.Detail + ".", _rests.Failed(key, none.Detail, now).Until);
        }
    }

    /// <summary>A server answered MAIL, or nothing could be written for a reason that lies with us or the message.</summary>
    private DeliveryResult Reached(MxSource source, RestKey key, Site site, MxRoute route, MxOutcome reached)
    {
        var result = _results.Of(reached.Outcome, reached.Host, route.Provider.Name);
        if (reached.NoRoom) return Later();
        if (result.Kind == DeliveryResultKind.NotStarted) return result;
        // It broke before it said anything to MAIL, so this is no answer about a sender.
        if (result.Kind == DeliveryResultKind.RouteFailed && reached.Outcome.Reply is not { Code: >= 400 })
            return result with { RestsUntil = Rest(source, key, route, result) };
        if (_rests.Worked(SourceKey(source)) && source.Number < _sources.Length) LogSourceWorks(source.Name);
        if (_rests.Worked(key)) LogWorks(route.HostSet, source.Name);
        if (site.IsPaced) Pace(source, site, route, result);
        _rests.Worked(new RestKey(-1, route.Domain, ConnectionProtection.None));
        _looks.Forget(route.Domain);
        return result;
    }

    private DeliveryResult NotReached(MxSource source, RestKey key, MxRoute route, MxCarrier carrier)
    {
        var attempt = carrier.Attempt;
        if (attempt.Failure is not { } failure)
        {
            if (attempt.None is { } none) return NoWay(route.Domain, none);
            var detail = $"The MTA-STS policy of {route.Domain} allows none of its MX hosts.";
            var failed = new DeliveryResult { Kind = DeliveryResultKind.RouteFailed, Stage = DeliveryStage.Connect, Diagnostic = detail };
            return failed with { RestsUntil = Rest(source, key, route, failed) };
        }

        var result = _results.Of(failure.Outcome, failure.Host, route.Provider.Name);
        if (result.Kind != DeliveryResultKind.RouteFailed) return result;
        if (!attempt.SourceFailed)
        {
            if (_rests.Worked(SourceKey(source)) && source.Number < _sources.Length) LogSourceWorks(source.Name);
            return result with { RestsUntil = Rest(source, key, route, result) };
        }

        var diagnostic = $"Nothing can leave from {source.Name}. {failure.Outcome.Detail}";
        var (until, isNews) = _rests.Failed(SourceKey(source), diagnostic, _time.GetUtcNow());
        // Of a pool's address whoever gave the mail to it tells.
        if (isNews && source.Number < _sources.Length) LogSourceFailed(source.Name, until, diagnostic);
        return result with { Stage = DeliveryStage.Connect, RestsUntil = until, RemoteHost = null, Diagnostic = diagnostic };
    }

    private DateTimeOffset Rest(MxSource source, RestKey key, MxRoute route, DeliveryResult result)
    {
        var (until, isNews) = _rests.Failed(key, result.Diagnostic, _time.GetUtcNow());
        if (isNews) LogResting(route.HostSet, source.Name, result.Stage, until, result.Diagnostic);
        return until;
    }

    private void Pace(MxSource source, Site site, MxRoute route, DeliveryResult result)
    {
        if (result.DeferralScope != DeferralScope.SlowDown)
        {
            _slowed.Worked(site.Key, site.EnteredAt);
            return;
        }

        var reason = result.Reply?.ToString() ?? result.Diagnostic;
        var (until, isNews) = _slowed.Failed(site.Key, reason, _time.GetUtcNow());
        if (isNews) LogSlowed(route.HostSet, source.Name, until, reason);
    }

    private DeliveryResult Later() =>
        DeliveryResult.NotStarted with { RestsUntil = _time.GetUtcNow() + Aside * (1 + _random.NextDouble()) };

    private static DeliveryResult RouteFailed(DeliveryStage stage, string? diagnostic, DateTimeOffset until) =>
        new() { Kind = DeliveryResultKind.RouteFailed, Stage = stage, Diagnostic = diagnostic, RestsUntil = until };

    /// <summary>Decided by us, with the code of RFC 3463 that a server would have given.</summary>
    private static DeliveryResult Bounce(DeliveryResultKind kind, string code, string detail) =>
        new() { Kind = kind, BounceSubType = BounceSubType.General, Diagnostic = $"{code} {detail}." };

    /// <param name="IsPaced">The hosts rest for themselves when they ask to slow down.</param>
    private readonly record struct Site(RestKey Key, bool IsPaced, DateTimeOffset EnteredAt);
}
