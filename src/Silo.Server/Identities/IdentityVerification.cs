using Silo.Core.Reputation;
using Silo.Server.Accounts;

namespace Silo.Server.Identities;

/// <summary>Looks at what DNS shows of an identity, and stores what follows from it. Safe for several threads.</summary>
internal sealed partial class IdentityVerification(
    AccountResources account, IdentityKeys keys, DkimSigning signing, RecordLookup lookup, IdentityTerms terms, Func<double> jitter,
    TimeProvider time, ILogger<IdentityVerification> logger)
{
    /// <summary>Tells the account, which tells whoever wants to know; false when it could not be told now. Null tells nobody.</summary>
    internal Func<ExternalReport, CancellationToken, ValueTask<bool>>? TellAccount { get; init; }

    /// <summary>An address has shown that it is its owner's.</summary>
    /// <param name="name">An address; a domain is verified by DNS alone, and is answered NotFound.</param>
    public async ValueTask<ResourceChange> MarkVerified(string name, CancellationToken cancellationToken)
    {
        if (IdentityName.Normalize(name) is not { } normal || !IdentityName.IsAddress(normal)) return ResourceChange.NotFound;
        var now = time.GetUtcNow();
        return await account.ChangeIdentity(
            normal, i => i with { VerificationStatus = VerificationRules.Success, LastCheckedAt = now, LastSuccessAt = now }, cancellationToken);
    }

    /// <summary>There is something of it that DNS decides about.</summary>
    public bool IsLookedAt(EmailIdentity identity) =>
        identity.MailFrom is not null || IsProvenByKey(identity);

    /// <summary>Looks now. Null when there is no such identity.</summary>
    public async ValueTask<EmailIdentity?> Look(string name, CancellationToken cancellationToken)
    {
        if (await account.GetIdentity(name, cancellationToken) is not { } identity) return null;
        if (!IsLookedAt(identity)) return identity;
        if (IsProvenByKey(identity) && identity.Dkim.SigningSelector is { } selector)
            await signing.EnsureKey(identity.Name, identity.Dkim, selector, cancellationToken);
        identity = await Rotate(identity, cancellationToken);
        var seen = identity;
        var look = await Ask(seen, cancellationToken);
        var now = time.GetUtcNow();
        EmailIdentity? written = null;
        await account.ChangeIdentity(
            identity.Name,
            current =>
            {
                // Keys that were changed meanwhile have not been looked at.
                var fits = current.Dkim.Tokens.SequenceEqual(seen.Dkim.Tokens) && current.Dkim.Selector == seen.Dkim.Selector
                    && current.Dkim.NextSelector == seen.Dkim.NextSelector;
                var of = look with
                {
                    Key = fits ? look.Key : null, NextKey = fits ? look.NextKey : null,
                    MailFrom = current.MailFrom?.Domain == seen.MailFrom?.Domain ? look.MailFrom : null,
                };
                var next = VerificationRules.Apply(current, of, terms.RevokeAfter, now);
                var wait = (next.Proof!.NextLookAt!.Value - now) * (0.9 + (jitter() / 10));
                written = next with { Proof = next.Proof with { NextLookAt = now + wait } };
                return written;
            },
            cancellationToken);
        if (written is null) return identity;
        Tell(seen, written);
        await TellFaults(written, cancellationToken);
        if (!IdentityName.IsAddress(written.Name))
            await keys.Retire(written.Name, written.Dkim.SigningSelector, written.Dkim.NextSelector, terms.KeepRetired, cancellationToken);
        return written;
    }

    /// <summary>Each record that is to be published, with what DNS says of it now.</summary>
    public async ValueTask<IReadOnlyList<(IdentityRecord Record, RecordFinding Finding)>> Records(
        EmailIdentity identity, CancellationToken cancellationToken)
    {
        if (!IdentityName.IsAddress(identity.Name) && identity.Dkim.SigningSelector is { } selector)
            await signing.EnsureKey(identity.Name, identity.Dkim, selector, cancellationToken);
        var records = IdentityRecords.ToPublish(identity, await keys.Get(identity.Name, cancellationToken), terms);
        return await Task.WhenAll(records.Select(async r => (r, await lookup.Check(r, cancellationToken))));
    }

    private bool IsProvenByKey(EmailIdentity identity) => !terms.AutoVerify && !IdentityName.IsAddress(identity.Name);

    private async ValueTask<IdentityLook> Ask(EmailIdentity identity, CancellationToken cancellationToken)
    {
        var set = await keys.Get(identity.Name, cancellationToken);
        var (key, next, mailFrom) = ((RecordFinding?)null, (RecordFinding?)null, (RecordFinding?)null);
        if (IsProvenByKey(identity))
        {
            key = IdentityRecords.Key(identity, set, identity.Dkim.SigningSelector) is { } signs
                ? await lookup.Check(signs, cancellationToken)
                : new RecordFinding(RecordStatus.Wrong, "INVALID_VALUE", "There is no private key; give one by PutEmailIdentityDkimSigningAttributes");
            if (IdentityRecords.Key(identity, set, identity.Dkim.NextSelector) is { } comes) next = await lookup.Check(comes, cancellationToken);
        }

        if (identity.MailFrom is { } settings)
        {
            var records = IdentityRecords.MailFrom(settings.Domain, terms);
            mailFrom = RecordFinding.Both(await lookup.Check(records[0], cancellationToken), await lookup.Check(records[1], cancellationToken));
        }

        var authority = (key ?? mailFrom) is { Status: not RecordStatus.Right } ? await lookup.Authority(identity.Name, cancellationToken) : null;
        return new IdentityLook(key, next, mailFrom, authority);
    }

    /// <summary>Begins to replace a key that is older than keys may be.</summary>
    private async ValueTask<EmailIdentity> Rotate(EmailIdentity identity, CancellationToken cancellationToken)
    {
        if (terms.AutoVerify || terms.RotateAfter is not { } age
            || identity.Dkim is not { Origin: "AWS_SES", Status: VerificationRules.Success, NextSelector: null, LastKeyGeneratedAt: { } madeAt }
            || time.GetUtcNow() - madeAt < age)
            return identity;
        var (change, _) = await new DkimChanges(account, keys, terms, time).Rotate(identity, null, cancellationToken);
        return change is null ? identity : await account.GetIdentity(identity.Name, cancellationToken) ?? identity;
    }

    /// <summary>
    /// Tells what is wrong that was not, and what is not any more that was told to be. What was told is written down behind it, so that a
    /// process that ends in between tells it twice rather than never.
    /// </summary>
    private async ValueTask TellFaults(EmailIdentity identity, CancellationToken cancellationToken)
    {
        if (TellAccount is not { } tell) return;
        var before = identity.Proof?.Told ?? [];
        ToldFault[] now = [.. IdentityFault.Of(identity).Where(f => f.IsGrave).Select(f => new ToldFault(f.Type, f.Text))];
        if (before.SequenceEqual(now)) return;
        // What becomes worse is told as what it is now; it is not well in between.
        foreach (var (fault, kind) in before.Where(b => now.All(n => n.Type != b.Type)).Select(b => (b, ExternalReportKind.IdentityMended))
            .Concat(now.Except(before).Select(n => (n, ExternalReportKind.IdentityFaulty))))
        {
            if (!await tell(new ExternalReport { Source = identity.Name, Kind = kind, Detail = fault.Text }, cancellationToken)) return;
        }

        await account.ChangeIdentity(
            identity.Name,
            current => current with { Proof = (current.Proof ?? new IdentityProof()) with { Told = now.Length == 0 ? null : now } },
            cancellationToken);
    }

    private void Tell(EmailIdentity before, EmailIdentity after)
    {
        if (before.VerificationStatus != after.VerificationStatus)
        {
            if (after.IsVerified) LogVerified(after.Name);
            else if (before.IsVerified) LogRevoked(after.Name, after.Proof?.ErrorType);
            else if (after.VerificationStatus == VerificationRules.Failed) LogFailed(after.Name, after.Proof?.ErrorType);
        }

        if (before.Dkim.Status == VerificationRules.Success && after.Dkim.Status == VerificationRules.Temporary)
            LogMissing(after.Name, after.Proof?.ErrorType);
        if (before.Dkim.SigningSelector != after.Dkim.SigningSelector) LogRotated(after.Name, after.Dkim.SigningSelector);
        if (after.MailFrom is { } mailFrom && before.MailFrom?.Status != mailFrom.Status) LogMailFrom(mailFrom.Domain, mailFrom.Status);
    }

    [LoggerMessage(4312, LogLevel.Information, "The identity {Name} is verified")]
    private partial void LogVerified(string name);

    [LoggerMessage(4313, LogLevel.Warning,
        "The identity {Name} is not verified any more: its DKIM record has been gone for days ({Error}); sends from it are refused")]
    private partial void LogRevoked(string name, string? error);

    [LoggerMessage(4314, LogLevel.Warning, "The identity {Name} was not verified within 72 hours ({Error})")]
    private partial void LogFailed(string name, string? error);

    [LoggerMessage(4315, LogLevel.Warning, "The DKIM record of {Name} is gone ({Error}): mail from it is not signed until it is back")]
    private partial void LogMissing(string name, string? error);

    [LoggerMessage(4316, LogLevel.Information, "Mail from {Name} is signed with the key at {Selector} from now on")]
    private partial void LogRotated(string name, string? selector);

    [LoggerMessage(4317, LogLevel.Information, "The MAIL FROM domain {Domain} is {Status}")]
    private partial void LogMailFrom(string domain, string status);
}
