using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Exports;

/// <summary>The export jobs of the account. The newest are kept; of those that ended the oldest make room.</summary>
internal sealed class ExportJobs(IResourceStore store, IExportStore files, Arns arns, RandomNumberGenerator random, TimeProvider time)
{
    public const int MaxJobs = 200;

    /// <summary>Jobs that have not ended (SES: 20).</summary>
    public const int MaxOpen = 20;

    /// <summary>Of one tenant, so that none keeps the others from theirs.</summary>
    public const int MaxOpenOfTenant = 5;

    /// <summary>Jobs of one tenant that ended and are kept: they push out no others'.</summary>
    public const int MaxEndedOfTenant = 20;

    /// <summary>Without a word from its silo for so long, a job is anyone's.</summary>
    public static readonly TimeSpan HeldFor = TimeSpan.FromMinutes(1);

    /// <summary>Told of a job that was made here.</summary>
    public Action? Created { get; set; }

    /// <summary>Null when there are as many open ones as there may be.</summary>
    public async ValueTask<ExportJob?> Create(Func<string, DateTimeOffset, ExportJob> make, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var chance = new byte[10];
        random.GetBytes(chance);
        var job = make(
            string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds():x12}{Convert.ToHexStringLower(chance)}"), now);
        var all = await List(cancellationToken);
        if (all.Count(j => j.Job.IsOpen) >= MaxOpen) return null;
        if (job.TenantKey != 0 && all.Count(j => j.Job.IsOpen && j.Job.TenantKey == job.TenantKey) >= MaxOpenOfTenant) return null;
        foreach (var old in MakingRoom(job, [.. all.Select(j => j.Job)])) await Forget(old, cancellationToken);
        var created = await store.Create(
            new NewResource(ResourceKind.ExportJob, job.Id, ArnOf(job.Id), Write(job), now, [], MaxJobs + MaxOpen), cancellationToken);
        if (created != ResourceCreation.Created) return null;
        Created?.Invoke();
        return job;
    }

    public async ValueTask<(ExportJob Job, long Version)?> Get(string id, CancellationToken cancellationToken) =>
        await store.Get(ResourceKind.ExportJob, id, cancellationToken) is { } stored ? (Read(stored), stored.Version) : null;

    /// <summary>The oldest first.</summary>
    public async ValueTask<IReadOnlyList<(ExportJob Job, long Version)>> List(CancellationToken cancellationToken) =>
        [.. (await store.List(ResourceKind.ExportJob, null, null, 1_000, cancellationToken)).Items.Select(s => (Read(s), s.Version))];

    /// <summary>False when another has changed it since.</summary>
    public ValueTask<bool> Replace(ExportJob job, long version, CancellationToken cancellationToken) =>
        store.Replace(ResourceKind.ExportJob, job.Id, Write(job), version, cancellationToken);

    /// <summary>Ends a job that has not ended; whoever works on it notices with its next part. False when it had ended, null without one.</summary>
    public async ValueTask<bool?> Cancel(string id, CancellationToken cancellationToken)
    {
        while (await Get(id, cancellationToken) is { } found)
        {
            if (!found.Job.IsOpen) return false;
            var ended = found.Job with { Status = ExportStatus.Cancelled, HeldUntil = null, CompletedAt = time.GetUtcNow() };
            if (!await Replace(ended, found.Version, cancellationToken)) continue;
            await files.Drop(found.Job.File, cancellationToken);
            return true;
        }

        return null;
    }

    /// <summary>Ended jobs that go for a new one: its tenant's first, with those beyond what is kept, the oldest first.</summary>
    private static IEnumerable<ExportJob> MakingRoom(ExportJob job, IReadOnlyList<ExportJob> all)
    {
        bool IsOfSame(ExportJob other) => job.TenantKey != 0 && other.TenantKey == job.TenantKey;
        var ended = all.Where(j => !j.IsOpen).ToList();
        var ofTenant = ended.Count(IsOfSame) - MaxEndedOfTenant + 1;
        return ended.OrderByDescending(IsOfSame).Take(Math.Max(0, Math.Max(all.Count - MaxJobs + 1, ofTenant)));
    }

    private async ValueTask Forget(ExportJob job, CancellationToken cancellationToken)
    {
        await files.Drop(job.File, cancellationToken);
        await store.Delete(ResourceKind.ExportJob, job.Id, ArnOf(job.Id), cancellationToken);
    }

    private string ArnOf(string id) => arns.Of("export-job", id);

    private static ExportJob Read(StoredResource stored) => JsonSerializer.Deserialize(stored.Document.Span, ExportJobJson.Default.ExportJob)!;

    private static byte[] Write(ExportJob job) => JsonSerializer.SerializeToUtf8Bytes(job, ExportJobJson.Default.ExportJob);
}
