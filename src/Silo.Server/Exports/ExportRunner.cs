using Silo.Storage;

namespace Silo.Server.Exports;

/// <summary>What a job is to write: pieces of its file, some with nothing in them, so that whoever reads them sees that it gets on.</summary>
/// <param name="Processed">Records that the piece is made of.</param>
/// <param name="Exported">Of them, those that are in it.</param>
internal readonly record struct ExportPiece(ReadOnlyMemory<byte> Text, long Processed, long Exported);

/// <summary>Reads what a job asks for.</summary>
internal interface IExportSource
{
    bool Reads(ExportJob job);

    /// <exception cref="InvalidDataException">It cannot be read, whoever tries.</exception>
    IAsyncEnumerable<ExportPiece> Read(ExportJob job, CancellationToken cancellationToken);
}

/// <summary>
/// Does a job. One that breaks off begins anew, with another file, so that nothing stands in a file twice; of several silos the one does it
/// that has written itself down.
/// </summary>
internal sealed class ExportRunner(IExportStore files, ExportJobs jobs, IEnumerable<IExportSource> sources, TimeProvider time)
{
    /// <summary>So often a job is taken up.</summary>
    public const int MaxAttempts = 5;

    private static readonly TimeSpan SaysSo = ExportJobs.HeldFor / 6;

    /// <summary>Takes the job, if it is still free, and does it. False when another has it, or it was cancelled.</summary>
    /// <exception cref="StorageException">The store cannot be reached; the job is taken up again later.</exception>
    public async ValueTask<bool> Run(ExportJob job, long version, CancellationToken cancellationToken)
    {
        if (await Keep(job with { Status = ExportStatus.Processing, Attempts = job.Attempts + 1, Processed = 0, Exported = 0 }, version, cancellationToken)
            is not { } held) return false;
        // Of the attempt before.
        await files.Drop(job.File, cancellationToken);
        if (job.Attempts >= MaxAttempts) return await End(held, ExportStatus.Failed, 0, $"It broke off {MaxAttempts} times.", cancellationToken);
        try
        {
            using var file = new ExportFile(files, held.Job.File);
            var written = await Write(held, file, cancellationToken);
            if (written is not { } whole) return false;
            await file.Flush(cancellationToken);
            return await End(whole, ExportStatus.Completed, file.Parts, null, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            return await Fail(held.Job.Id, e.Message, cancellationToken);
        }
        catch (Exception e) when (e is not (StorageException or OperationCanceledException))
        {
            // A fault of this program, which the same data would bring out again.
            await Fail(held.Job.Id, $"The data could not be read ({e.GetType().Name}).", cancellationToken);
            throw;
        }
    }

    private async ValueTask<(ExportJob Job, long Version)?> Write(
        (ExportJob Job, long Version) held, ExportFile file, CancellationToken cancellationToken)
    {
        var said = time.GetTimestamp();
        await foreach (var piece in sources.First(s => s.Reads(held.Job)).Read(held.Job, cancellationToken))
        {
            file.Add(piece.Text.Span);
            held.Job = held.Job with { Processed = held.Job.Processed + piece.Processed, Exported = held.Job.Exported + piece.Exported };
            if (!file.IsFull && time.GetElapsedTime(said) < SaysSo) continue;
            // Written down before the part is stored: whoever has lost the job stores nothing more.
            if (await Keep(held.Job, held.Version, cancellationToken) is not { } kept)
            {
                await files.Drop(held.Job.File, cancellationToken);
                return null;
            }

            held = kept;
            if (file.IsFull) await file.Flush(cancellationToken);
            said = time.GetTimestamp();
        }

        return held;
    }

    private async ValueTask<(ExportJob Job, long Version)?> Keep(ExportJob job, long version, CancellationToken cancellationToken)
    {
        job = job with { HeldUntil = time.GetUtcNow() + ExportJobs.HeldFor };
        return await jobs.Replace(job, version, cancellationToken) ? (job, version + 1) : null;
    }

    private async ValueTask<bool> End(
        (ExportJob Job, long Version) held, ExportStatus status, int parts, string? problem, CancellationToken cancellationToken)
    {
        var ended = held.Job with { Status = status, HeldUntil = null, CompletedAt = time.GetUtcNow(), Parts = parts, Problem = problem };
        if (await jobs.Replace(ended, held.Version, cancellationToken)) return true;
        await files.Drop(held.Job.File, cancellationToken);
        return false;
    }

    private async ValueTask<bool> Fail(string id, string problem, CancellationToken cancellationToken)
    {
        if (await jobs.Get(id, cancellationToken) is not { Job.IsOpen: true } found) return false;
        await files.Drop(found.Job.File, cancellationToken);
        return await End(found, ExportStatus.Failed, 0, problem, cancellationToken);
    }
}
