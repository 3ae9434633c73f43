using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Ses;

/// <summary>Says once a minute for each stage that something has to be settled by a person, and how often it was met.</summary>
internal sealed class SesAlarm(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<DeliveryStage, (long SaidAt, int Since)> _stages = [];

    /// <summary>How many to tell of, this one included; 0 when the last time was less than a minute ago.</summary>
    public int Rings(DeliveryStage stage)
    {
        lock (_lock)
        {
            var isKnown = _stages.TryGetValue(stage, out var last);
            if (isKnown && time.GetElapsedTime(last.SaidAt) < Interval)
            {
                _stages[stage] = last with { Since = last.Since + 1 };
                return 0;
            }

            _stages[stage] = (time.GetTimestamp(), 0);
            return last.Since + 1;
        }
    }
}
