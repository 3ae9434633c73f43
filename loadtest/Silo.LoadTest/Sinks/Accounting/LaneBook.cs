namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>What a sink knows of one lane. Whoever touches it holds its lock.</summary>
internal sealed class LaneBook(int tenant)
{
    public readonly Lock Lock = new();
    public NumberSet Begun;
    public NumberSet Delivered;
    public NumberSet Refused;

    private StartOrder? _order;

    public int Tenant => tenant;

    public StartOrder Order => _order ??= new StartOrder();

    /// <summary>Deliveries beyond the first of a message: how many of each. Null: none yet.</summary>
    public Dictionary<long, int>? Again { get; private set; }

    /// <summary>False for the first delivery.</summary>
    public bool IsAgain(long number)
    {
        if (Delivered.Add(number)) return false;
        Again ??= [];
        Again[number] = Again.GetValueOrDefault(number) + 1;
        return true;
    }
}
