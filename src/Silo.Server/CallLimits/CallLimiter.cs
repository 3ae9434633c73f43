using System.Diagnostics.Metrics;
using System.Globalization;
using System.Threading.RateLimiting;
using Silo.Server.Access;
using Silo.Server.Hosting;
using Silo.Server.SesApi;

namespace Silo.Server.CallLimits;

/// <summary>
/// Refuses calls beyond what a key may make (decision 29): a token bucket for each key and kind of call, and for costly ones a number at a
/// time, of the key and of the operation. Only keys whose signature held are counted, so that nobody uses up what is another's, and there
/// are no more partitions than keys in use: one that is full again is forgotten after some seconds.
/// </summary>
internal sealed class CallLimiter : IDisposable
{
    private readonly CallLimitOptions _options;
    private readonly PartitionedRateLimiter<Call> _rates;
    private readonly PartitionedRateLimiter<Call> _costly;
    private readonly Counter<long> _refusals;

    public CallLimiter(CallLimitOptions options, IMeterFactory meters)
    {
        _options = options;
        _rates = PartitionedRateLimiter.Create<Call, (string KeyId, CallKind Kind)>(call =>
            RateLimitPartition.GetTokenBucketLimiter((call.Key.Id, call.Kind), _ => BucketOf(RateOf(call))));
        _costly = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<Call, string>(call => RateLimitPartition.GetConcurrencyLimiter(
                call.Key.Id, _ => AtOnce(options.CostlyAtOncePerKey))),
            PartitionedRateLimiter.Create<Call, string>(call => RateLimitPartition.GetConcurrencyLimiter(
                call.Operation.Name, _ => AtOnce(call.Operation.MostAtOnce!.Value))));
        _refusals = meters.Create(SiloMetrics.MeterName).CreateCounter<long>(
            "silo.api.refusals", "{call}", "Calls beyond what a key may make, by kind and limit.");
    }

    /// <summary>Lets a call begin, or says why not. What it returns is to be disposed of when the call is over.</summary>
    public CallPass Take(AccessKey key, SesOperation operation)
    {
        var kind = CallKinds.Of(operation);
        if (kind == CallKind.Send) return default;
        var call = new Call(key, operation, kind);
        if (RateOf(call) is { PerSecond: >= 0 } rate)
        {
            using var lease = _rates.AttemptAcquire(call);
            if (!lease.IsAcquired)
            {
                Count(kind, "rate");
                var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : TimeSpan.FromSeconds(1);
                var text = $"Rate exceeded: this key may make {rate.PerSecond.ToString("0.###", CultureInfo.InvariantCulture)} such calls a second.";
                return new CallPass(SesError.TooManyRequests(text) with { RetryAfterSeconds = (int)Math.Ceiling(Math.Max(1, wait.TotalSeconds)) });
            }
        }

        if (kind != CallKind.Costly) return default;
        var pass = _costly.AttemptAcquire(call);
        if (pass.IsAcquired) return new CallPass(null, pass);
        pass.Dispose();
        Count(kind, "at_once");
        return new CallPass(
            SesError.TooManyRequests($"Too many calls of {operation.Name}, or costly ones of this key, are under way here."));
    }

    public void Dispose()
    {
        _rates.Dispose();
        _costly.Dispose();
    }

    private static TokenBucketRateLimiterOptions BucketOf(CallRateOptions rate) => new()
    {
        // What comes back is reckoned from the time that went by, so the period may be shorter than the timer's.
        TokenLimit = rate.Burst, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromSeconds(1 / rate.PerSecond), QueueLimit = 0,
        // The partitions are replenished by one timer for all.
        AutoReplenishment = false,
    };

    private static ConcurrencyLimiterOptions AtOnce(int calls) => new() { PermitLimit = calls, QueueLimit = 0 };

    private CallRateOptions RateOf(Call call)
    {
        var options = call.Key.Kind == CredentialKind.Tenant ? _options.TenantKeys : _options.OperatorKeys;
        return call.Kind switch { CallKind.Costly => options.Costly, CallKind.Change => options.Changes, _ => options.Reads };
    }

    private void Count(CallKind kind, string limit) => _refusals.Add(
        1, new KeyValuePair<string, object?>("kind", kind switch { CallKind.Costly => "costly", CallKind.Change => "change", _ => "read" }),
        new KeyValuePair<string, object?>("limit", limit));

    private readonly record struct Call(AccessKey Key, SesOperation Operation, CallKind Kind);
}

/// <summary>Leave to make a call.</summary>
/// <param name="Refusal">Null when it may be made.</param>
internal readonly record struct CallPass(SesError? Refusal, RateLimitLease? Lease = null) : IDisposable
{
    public void Dispose() => Lease?.Dispose();
}
