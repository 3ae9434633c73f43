using System.Runtime.InteropServices;
using Silo.Core.Messages;
using Silo.Core.Reputation;

namespace Silo.Storage.Sqlite;

/// <summary>
/// The sums over tenants that the rows of a batch add to, each once: many tenants' rows are in the same ones. Done here and not by the
/// engine, whose sorting took three times as long as all of the writing.
/// </summary>
internal sealed class RollUpMerge
{
    private readonly Dictionary<RollUpSumKey, int[]> _sums = [];

    public IEnumerable<KeyValuePair<RollUpSumKey, int[]>> Sums => _sums;

    /// <param name="names">Of the row's scope; null when they are not known.</param>
    public void Add(long tenantKey, RollUpRow row, MailScope? names)
    {
        var (identity, set) = (names?.Identity ?? "", names?.ConfigurationSet ?? "");
        foreach (var (kind, span) in RollUpSums.Kept)
        {
            var hour = row.Key.Hour / span * span;
            var key = kind switch
            {
                RollUpSums.OfTenant => new RollUpSumKey(kind, span, hour, row.Key.Provider, tenantKey, "", ""),
                RollUpSums.OfSet => new RollUpSumKey(kind, span, hour, row.Key.Provider, 0, "", set),
                RollUpSums.OfIdentityAndSet => new RollUpSumKey(kind, span, hour, row.Key.Provider, 0, identity, set),
                _ => new RollUpSumKey(kind, span, hour, row.Key.Provider, 0, "", ""),
            };
            Add(key, row.Counts);
            Add(key with { Provider = RollUpSums.AllProviders }, row.Counts);
        }
    }

    public void Clear() => _sums.Clear();

    private void Add(RollUpSumKey key, int[] counts)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, key, out _);
        sum ??= new int[RollUpRow.Columns];
        for (var column = 0; column < counts.Length; column++) sum[column] += counts[column];
    }
}

/// <summary>The primary key of a sum.</summary>
internal readonly record struct RollUpSumKey(
    int Kind, int Span, int Hour, string Provider, long TenantKey, string Identity, string ConfigurationSet);
