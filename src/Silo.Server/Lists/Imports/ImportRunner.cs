using System.Text;
using Silo.Core.Contacts;
using Silo.Core.Suppression;
using Silo.Server.Accounts;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Lists.Imports;

/// <summary>
/// Does a job, some records at a time, and writes down how far it is. Records are put and deleted, so that one done twice is done once: a job
/// that broke off is taken up where it was written down.
/// </summary>
internal sealed class ImportRunner(
    ISiloStore store, ContactLists lists, ITenants tenants, ImportFiles files, ImportJobs jobs, TimeProvider time)
{
    public const int BatchSize = 200;

    /// <summary>As SES: a million contacts, a hundred thousand suppressed addresses.</summary>
    public const long MaxContacts = 1_000_000;
    public const long MaxSuppressed = 100_000;

    private const int MaxProblemCharacters = 1_000;

    /// <summary>
    /// So often a job is taken up without getting on. Each time is written down in the store, so it answers: what it refuses are the job's
    /// own data, and would be refused for ever.
    /// </summary>
    public const int MaxAttempts = 5;

    /// <summary>Takes the job, if it is still free, and does it. False when another has it.</summary>
    /// <exception cref="StorageException">The store cannot be reached; the job is taken up again later.</exception>
    public async ValueTask<bool> Run(ImportJob job, long version, CancellationToken cancellationToken)
    {
        (ImportJob Job, long Version)? held = await Keep(
            job with { Status = ImportStatus.Processing, Attempts = job.Attempts + 1 }, version, cancellationToken);
        if (held is null) return false;
        try
        {
            if (job.Attempts >= MaxAttempts)
                throw new InvalidDataException($"It was taken up {MaxAttempts} times and did not get on behind record {job.Processed}.");
            var (path, problem) = files.Find(job.Url);
            if (path is null) throw new InvalidDataException(problem + ".");
            // The next tenant of a name is another.
            if (job.TenantName is { } tenantName && job.TenantId is { } tenantId
                && (await tenants.Get(tenantName).Describe(cancellationToken))?.TenantId != tenantId)
                throw new InvalidDataException($"The tenant {tenantName} is gone.");
            ContactList? list = null;
            if (job.ContactListName is { } name)
            {
                list = await lists.GetByKey(job.ContactListKey ?? name, cancellationToken);
                // One that was made again under the name is another's, or is meant to be empty.
                if (list is null || (job.ContactListId is { } id && id != list.Id)) throw new InvalidDataException($"The list {name} is gone.");
            }

            using var reader = new StreamReader(path, Encoding.UTF8);
            var most = list is null ? MaxSuppressed : MaxContacts;
            foreach (var batch in ImportRecords.Read(reader, job.IsJson, list is not null).Skip((int)held.Value.Job.Processed).Chunk(BatchSize))
            {
                if (held.Value.Job.Processed + batch.Length > most) throw new InvalidDataException($"The file has more than {most} records.");
                held = await Keep(await Do(held.Value.Job, list, batch, cancellationToken), held.Value.Version, cancellationToken);
                if (held is null) return false;
            }

            return await End(held.Value, ImportStatus.Completed, null, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return held is not null && await End(held.Value, ImportStatus.Failed, e.Message, cancellationToken);
        }
        catch (Exception e) when (e is not (StorageException or OperationCanceledException))
        {
            // A fault of this program, which the file brings out: to take the job up again would bring it out again.
            if (held is not null) await End(held.Value, ImportStatus.Failed, $"The file could not be read ({e.GetType().Name}).", cancellationToken);
            throw;
        }
    }

    private async ValueTask<ImportJob> Do(ImportJob job, ContactList? list, ImportRecord[] batch, CancellationToken cancellationToken)
    {
        // Of one address the last record holds, as if they came one by one.
        var last = batch.Where(r => r.Problem is null).GroupBy(r => Contact.Fold(Contact.Plain(r.Address))).Select(g => g.Last()).ToList();
        var results = await Task.WhenAll(last.Select(r => Do(job, list, r, cancellationToken)));
        var problems = batch.Where(r => r.Problem is not null).Select(r => (r.Line, Problem: r.Problem!))
            .Concat(last.Zip(results).Where(r => r.Second is not null).Select(r => (r.First.Line, Problem: r.Second!))).OrderBy(p => p.Line).ToList();
        var told = new StringBuilder(job.Problem);
        foreach (var (line, problem) in problems)
        {
            if (told.Length >= MaxProblemCharacters - 200) break;
            told.Append(told.Length > 0 ? " " : "").Append("Line ").Append(line).Append(": ").Append(problem);
        }

        return job with
        {
            Processed = job.Processed + batch.Length, Failed = job.Failed + problems.Count, Problem = told.Length == 0 ? null : told.ToString(),
            Attempts = 0,
        };
    }

    /// <summary>Why it failed; null when it did not.</summary>
    private async Task<string?> Do(ImportJob job, ContactList? list, ImportRecord record, CancellationToken cancellationToken)
    {
        if (list is null)
        {
            if (job.Delete)
            {
                await store.Suppressions.Delete(job.TenantName, record.Address, cancellationToken);
                return null;
            }

            var entry = new SuppressionEntry(record.Address, record.Reason ?? SuppressionReason.Bounce, time.GetUtcNow());
            return await store.Suppressions.Put(job.TenantName, entry, cancellationToken) ? null : "Its tenant is gone.";
        }

        if (job.Delete)
        {
            await lists.Remove(list, record.Address, cancellationToken);
            return null;
        }

        if (record.Preferences.FirstOrDefault(p => list.Find(p.TopicName) is null) is { } unknown)
            return $"{(unknown.TopicName.Length <= 64 ? unknown.TopicName : "It names what")} is no topic of the list.";
        var now = time.GetUtcNow();
        // What a record leaves out stays, so that a file of names brings nobody back who has left.
        var change = await lists.ChangeContact(list, record.Address, before => Subscriptions.Prefer(
            (before ?? new Contact(record.Address, now)) with
            {
                UnsubscribeAll = record.UnsubscribeAll ?? before?.UnsubscribeAll ?? false,
                AttributesData = record.AttributesData ?? before?.AttributesData,
            }, record.Preferences, now), cancellationToken);
        return change.Result == ResourceChange.Done ? null : "Others kept changing the contact.";
    }

    private async ValueTask<(ImportJob Job, long Version)?> Keep(ImportJob job, long version, CancellationToken cancellationToken)
    {
        job = job with { HeldUntil = time.GetUtcNow() + ImportJobs.HeldFor };
        return await jobs.Replace(job, version, cancellationToken) ? (job, version + 1) : null;
    }

    private ValueTask<bool> End((ImportJob Job, long Version) held, ImportStatus status, string? problem, CancellationToken cancellationToken) =>
        jobs.Replace(
            held.Job with { Status = status, HeldUntil = null, CompletedAt = time.GetUtcNow(), Problem = problem ?? held.Job.Problem },
            held.Version, cancellationToken);
}
