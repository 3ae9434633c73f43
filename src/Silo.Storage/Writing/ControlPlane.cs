namespace Silo.Storage.Writing;

/// <summary>What tenants and resources have in common.</summary>
internal static class ControlPlane
{
    /// <summary>Changes of the control plane commit in the order in which they were asked for.</summary>
    public const long Line = -1;

    /// <summary>What publishers of notices write.</summary>
    public const long NoticesLine = -2;

    /// <summary>What erases addresses.</summary>
    public const long AddressLine = -3;

    /// <summary>What is made of the log, and files of exports.</summary>
    public const long InsightsLine = -4;

    private const int MaxPageSize = 1000;

    /// <summary>What a page holds at the most, when so much was asked for.</summary>
    public static int PageSize(int asked)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(asked, 1);
        return Math.Min(asked, MaxPageSize);
    }

    /// <param name="rows">One more than the page holds, if there are more.</param>
    public static Page<T> PageOf<T>(List<T> rows, int pageSize, Func<T, string> key)
    {
        if (rows.Count <= pageSize) return new(rows, null);
        rows.RemoveRange(pageSize, rows.Count - pageSize);
        return new(rows, key(rows[^1]));
    }
}
