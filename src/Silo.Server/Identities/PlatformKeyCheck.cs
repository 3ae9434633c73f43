namespace Silo.Server.Identities;

/// <summary>
/// Looks for the record of the platform's key, as for those of tenants: another key than before signs when its record is found, and
/// until then the one before does.
/// </summary>
internal sealed partial class PlatformKeyCheck(
    IdentityTerms terms, DkimSigning signing, IdentityKeys keys, RecordLookup lookup, TimeProvider time, ILogger<PlatformKeyCheck> logger)
{
    /// <summary>Looks if it is time to; by one silo at a time.</summary>
    public async ValueTask Look(CancellationToken cancellationToken)
    {
        if (!terms.Signs || terms.AutoVerify || await signing.PlatformWanted(cancellationToken) is not var (wanted, isNew)) return;
        var before = await keys.PlatformState(cancellationToken);
        var asked = time.GetUtcNow();
        // What lies further ahead than it can was planned by a clock that has been set back since.
        if (before?.Wanted == wanted && before.NextLookAt > asked && before.NextLookAt - asked <= VerificationRules.Daily) return;
        var finding = await lookup.Check(
            new IdentityRecord(RecordPurpose.SigningKey, IdentityRecords.NameOf(wanted.Selector, wanted.Domain), "TXT", null)
            {
                PublicKey = wanted.PublicKey,
            },
            cancellationToken);
        var after = before;
        await keys.ChangePlatformState(
            current => after = PlatformKeyState.Apply(current, wanted, isNew, finding, time.GetUtcNow()), cancellationToken);
        if (after is null) return;
        if (after.InUse == wanted && before?.InUse != wanted) LogInUse(wanted.Domain, wanted.Selector);
        if (after.InUse != wanted && before?.Wanted != wanted)
            LogAwaited(wanted.Domain, wanted.Selector, finding.ErrorType, after.InUse?.Selector ?? "none");
        if (after.IsMissing && before?.IsMissing != true) LogMissing(wanted.Domain, wanted.Selector, finding.ErrorType);
    }

    [LoggerMessage(4623, LogLevel.Information, "Mail is signed for the platform's domain {Domain} with the key at {Selector} from now on")]
    private partial void LogInUse(string domain, string selector);

    [LoggerMessage(4624, LogLevel.Warning,
        "The DKIM record of the platform's domain {Domain} at {Selector} is not there ({Error}); until then {InUse} is used")]
    private partial void LogAwaited(string domain, string selector, string? error, string inUse);

    [LoggerMessage(4626, LogLevel.Error,
        "The DKIM record of the platform's domain {Domain} at {Selector} is gone ({Error}): mail is not signed with it until it is back")]
    private partial void LogMissing(string domain, string selector, string? error);
}
