using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Lists.Imports;

/// <summary>The import jobs of the account. The newest are kept; of those that ended the oldest make room.</summary>
internal sealed class ImportJobs(IResourceStore store, Arns arns, RandomNumberGenerator random, TimeProvider time)
{
    public const int MaxJobs = 200;

    /// <summary>Jobs that have not ended (SES: 20).</summary>
    public const int MaxOpen = 20;

    /// <summary>Of these, those of one tenant's keys.</summary>
    public const int MaxOpenOfTenant = 2;

    /// <summary>Jobs that ended and are kept of one tenant's keys: they push out no others'.</summary>
    public const int MaxEndedOfTenant = 20;

    /// <summary>Without a word from its silo for so long, a job is anyone's.</summary>
    public static readonly TimeSpan HeldFor = TimeSpan.FromMinutes(1);

    /// <summary>Told of a job that was made here.</summary>
    public Action? Created { get; set; }

    /// <summary>Null when there are as many open ones as there may be.</summary>
    /// <param name="ofTenant">The id of the tenant whose key asks; null for no such key.</param>
    public async ValueTask<ImportJob?> Create(
        string? ofTenant, Func<string, DateTimeOffset, ImportJob> make, CancellationToken cancellationToken)
    {
        var all = await List(cancellationToken);
        if (all.Count(j => j.Job.IsOpen) >= MaxOpen) return null;
        if (ofTenant is not null)
        {
            var own = all.Where(j => j.Job.TenantId == ofTenant).ToList();
            if (own.Count(j => j.Job.IsOpen) >= MaxOpenOfTenant) return null;
            var ended = own.Where(j => !j.Job.IsOpen).ToList();
            foreach (var (old, _) in ended.Take(Math.Max(0, ended.Count - MaxEndedOfTenant + 1)))
                await store.Delete(ResourceKind.ImportJob, old.Id, ArnOf(old.Id), cancellationToken);
        }

        foreach (var (old, _) in all.Where(j => !j.Job.IsOpen).Take(Math.Max(0, all.Count - MaxJobs + 1)))
            await store.Delete(ResourceKind.ImportJob, old.Id, ArnOf(old.Id), cancellationToken);
        var now = time.GetUtcNow();
        var chance = new byte[10];
        random.GetBytes(chance);
        var id = string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds():x12}{Convert.ToHexStringLower(chance)}");
        var job = make(id, now);
        var created = await store.Create(
            new NewResource(ResourceKind.ImportJob, id, ArnOf(id), Write(job), now, [], MaxJobs + MaxOpen), cancellationToken);
        if (created != ResourceCreation.Created) return null;
        Created?.Invoke();
        return job;
    }

    public async ValueTask<(ImportJob Job, long Version)?> Get(string id, CancellationToken cancellationToken) =>
        await store.Get(ResourceKind.ImportJob, id, cancellationToken) is { } stored ? (Read(stored), stored.Version) : null;

    /// <summary>The oldest first.</summary>
    public async ValueTask<IReadOnlyList<(ImportJob Job, long Version)>> List(CancellationToken cancellationToken) =>
        [.. (await store.List(ResourceKind.ImportJob, null, null, 1_000, cancellationToken)).Items.Select(s => (Read(s), s.Version))];

    /// <summary>False when another has changed it since.</summary>
    public ValueTask<bool> Replace(ImportJob job, long version, CancellationToken cancellationToken) =>
        store.Replace(ResourceKind.ImportJob, job.Id, Write(job), version, cancellationToken);

    private string ArnOf(string id) => arns.Of("import-job", id);

    private static ImportJob Read(StoredResource stored) => JsonSerializer.Deserialize(stored.Document.Span, ImportJson.Default.ImportJob)!;

    private static byte[] Write(ImportJob job) => JsonSerializer.SerializeToUtf8Bytes(job, ImportJson.Default.ImportJob);
}
