namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>Sets what came again off against what the server marked: each mark excuses one delivery beyond the first.</summary>
internal sealed class DuplicateReckoning(PossibleDuplicates marked, FaultNotes notes)
{
    private readonly Dictionary<int, long> _ofTenants = new(marked.ByTenant);
    private long _anywhere = marked.Anywhere;

    /// <summary>Deliveries that a mark excused.</summary>
    public long Marked { get; private set; }

    public void Take(int lane, LaneBook book)
    {
        foreach (var (number, times) in book.Again ?? [])
        {
            // One that is named may have come as often as it was tried.
            if (marked.Messages.Contains((lane, number)))
            {
                Marked += times;
                continue;
            }

            for (var i = 0; i < times; i++)
            {
                if (IsExcused(book.Tenant)) Marked++;
                else notes.Add(SinkFault.Duplicate, () => $"{SinkAccounting.Name(book.Tenant, lane, number)} came {times + 1} times");
            }
        }
    }

    private bool IsExcused(int tenant)
    {
        if (_ofTenants.TryGetValue(tenant, out var left) && left > 0)
        {
            _ofTenants[tenant] = left - 1;
            return true;
        }

        return _anywhere > 0 && _anywhere-- > 0;
    }
}
