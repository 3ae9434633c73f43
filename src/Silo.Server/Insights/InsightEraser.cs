using Silo.Server.Retention;
using Silo.Storage;

namespace Silo.Server.Insights;

/// <summary>
/// Puts the pseudonym into the rows that messages are searched by. The log is erased before; what was read of it before that is in the rows
/// first, so that none of it comes behind.
/// </summary>
internal sealed class InsightEraser(IAddressStore addresses, InsightIndexer indexer) : IAddressEraser
{
    private const string NotCaughtUp = "-";

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly StoredTextEraser _rows = new(addresses, AddressTable.Insights);

    public string Kind => _rows.Kind;

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        if (erasure.Cursor is null or NotCaughtUp)
        {
            if (!await indexer.CatchUp(cancellationToken)) return new EraserStep(0, NotCaughtUp, Rest);
            erasure = erasure with { Cursor = null };
        }

        return await _rows.Erase(erasure, cancellationToken);
    }
}
