using Silo.Core.Pacing;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// What the whole account may send: as it is configured, and within what the account at SES allows where mail leaves through it. The latter
/// each silo asks for itself and keeps to by itself: it may not know yet what another one has learned. Thread-safe.
/// </summary>
public sealed class AccountLimits
{
    private BudgetLimits _current;

    public AccountLimits(BudgetLimits configured) => Configured = _current = configured;

    /// <summary>What silos keep together: each of them knows it.</summary>
    public BudgetLimits Configured { get; }

    public BudgetLimits Current => Volatile.Read(ref _current);

    /// <summary>SES says what the account there may send; what other programs send through it is not known here.</summary>
    /// <param name="maxSendRate">Recipients a second; 0 or less for no limit.</param>
    /// <param name="max24HourSend">Recipients in 24 hours; below 0 for no limit.</param>
    internal void Learn(double maxSendRate, double max24HourSend)
    {
        double? rate = maxSendRate > 0 ? Math.Min(maxSendRate, Configured.RatePerSecond ?? double.MaxValue) : Configured.RatePerSecond;
        long? perDay = max24HourSend >= 0 ? (long)Math.Min(max24HourSend, Configured.PerDay ?? long.MaxValue) : Configured.PerDay;
        Volatile.Write(ref _current, Configured with { RatePerSecond = rate, Burst = BudgetLimits.UsualBurst(rate), PerDay = perDay });
    }
}
