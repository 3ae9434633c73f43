using System.Globalization;
using System.Text;
using Silo.Server.Retention;
using Silo.Storage;

namespace Silo.Server.Exports;

/// <summary>
/// Puts the pseudonym into files of exports, one file at a time. Jobs that had begun are waited for: what they have read already stands in
/// their files only then.
/// </summary>
internal sealed class ExportEraser(IExportStore files, ExportJobs jobs, TimeProvider time) : IAddressEraser
{
    private const string Waits = "since:";
    private const string Behind = "file:";

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    public string Kind => "Exports";

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var cursor = erasure.Cursor ?? Waits + time.GetUtcNow().UtcTicks.ToString(CultureInfo.InvariantCulture);
        if (cursor.StartsWith(Waits, StringComparison.Ordinal))
        {
            var since = new DateTimeOffset(long.Parse(cursor.AsSpan(Waits.Length), CultureInfo.InvariantCulture), TimeSpan.Zero);
            if ((await jobs.List(cancellationToken)).Any(j => j.Job.IsOpen && j.Job.CreatedAt <= since)) return new EraserStep(0, cursor, Rest);
            cursor = Behind;
        }

        if (await files.Next(cursor[Behind.Length..], cancellationToken) is not { } file) return new EraserStep(0, null);
        var found = (await jobs.Get(file[..file.LastIndexOf('.')], cancellationToken))?.Job is { IsOfMessages: true } job && job.File == file
            ? await Erase(erasure, job, cancellationToken)
            : 0;
        return new EraserStep(found, Behind + file);
    }

    private async ValueTask<long> Erase(Erasure erasure, ExportJob job, CancellationToken cancellationToken)
    {
        var redactor = new AddressRedactor(erasure.Address!, erasure.Pseudonym[..erasure.Pseudonym.LastIndexOf('@')]);
        var found = 0L;
        for (var part = 0; await files.Read(job.File, part, cancellationToken) is { } packed; part++)
        {
            var text = ExportFile.Unpack(packed);
            if (!redactor.Contains(text)) continue;
            var (rewritten, lines) = Rewrite(text, redactor, erasure, job);
            if (lines == 0) continue;
            await files.Put(job.File, part, ExportFile.Pack(rewritten), cancellationToken);
            found += lines;
        }

        return found;
    }

    private static (byte[] Text, long Lines) Rewrite(ReadOnlySpan<byte> text, AddressRedactor redactor, Erasure erasure, ExportJob job)
    {
        using var output = new MemoryStream(text.Length);
        var lines = 0L;
        while (text.Length > 0)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..(end + 1)];
            text = text[line.Length..];
            if (IsConcerned(line, erasure, job) && redactor.Rewrite(line) is { } rewritten)
            {
                lines++;
                output.Write(rewritten);
            }
            else
            {
                output.Write(line);
            }
        }

        return (output.ToArray(), lines);
    }

    /// <summary>An erasure for one tenant leaves the lines of others alone. Subjects may have line ends in CSV: such a rest goes with any.</summary>
    private static bool IsConcerned(ReadOnlySpan<byte> line, Erasure erasure, ExportJob job)
    {
        if (erasure.TenantName is not { } name || job.TenantKey == erasure.TenantKey) return true;
        if (job.TenantKey != 0) return false;
        if (job.IsJson) return line.IndexOf(Encoding.UTF8.GetBytes($"\"TenantName\":\"{name}\"")) >= 0;
        var comma = line.IndexOf((byte)',');
        if (comma != Core.Messages.MessageIdFormat.Length) return true;
        var rest = line[(comma + 1)..];
        var next = rest.IndexOf((byte)',');
        var tenant = next < 0 ? rest : rest[..next];
        return tenant.SequenceEqual(Encoding.UTF8.GetBytes(name));
    }
}
