using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>A change by the control plane. It may run twice, each time against a file without its effects.</summary>
internal sealed class PendingChange(long line, Action<BatchWriter> run) : PendingWrite(line)
{
    public void Run(BatchWriter batch) => run(batch);
}
