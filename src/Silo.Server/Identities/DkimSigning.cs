using System.Collections.Concurrent;
using System.Security.Cryptography;
using Silo.Core.Dkim;
using Silo.Core.Messages;
using Silo.Server.Accounts;
using Silo.Server.Intake;

namespace Silo.Server.Identities;

/// <summary>
/// Puts DKIM signatures on messages when they are accepted: the identity's, and the platform's where it has one (decision 21). Safe for
/// several threads.
/// </summary>
internal sealed partial class DkimSigning(
    DkimOptions options, IdentityTerms terms, AccountResources account, IdentityKeys keys, TimeProvider time, ILogger<DkimSigning> logger)
{
    private const int PlatformBits = 2_048;

    private readonly KeyMaterial? _platformFile =
        options.PlatformKeyFile is { } path ? KeyMaterial.ReadPem(File.ReadAllText(path)) : null;

    private readonly ConcurrentDictionary<string, bool> _unreadable = new(StringComparer.Ordinal);
    private RsaPool? _platformPool;

    /// <summary>The message as it leaves: 7-bit where that can be, and signed. As it came when nothing signs it.</summary>
    /// <param name="identity">The one that covers From; null signs with the platform's key alone.</param>
    /// <exception cref="Storage.StorageException">The keys cannot be read now.</exception>
    public async ValueTask<ComposedMessage> Sign(ComposedMessage message, EmailIdentity? identity, CancellationToken cancellationToken)
    {
        if (!terms.Signs) return message;
        var with = new List<DkimKey>(2);
        if (await KeyOf(identity, cancellationToken) is { } own) with.Add(own);
        if (await PlatformKey(cancellationToken) is { } platform && !with.Any(k => k.Domain == platform.Domain)) with.Add(platform);
        if (with.Count == 0) return message;

        var envelope = message.Envelope;
        // One that must keep its 8 bits, or that its sender has signed so, is signed as it is, and leaves by 8BITMIME alone.
        var content = !message.HasOwnSignature && SevenBitMessage.Convert(message.Content) is { } sevenBit ? sevenBit : message.Content;
        if (envelope.NeedsEightBit && !content.Equals(message.Content)) envelope = envelope with { NeedsEightBit = false };
        if (DkimSigner.Sign(content, with, time.GetUtcNow()) is not { } signed)
        {
            LogNotSigned(envelope.MessageId);
            return message;
        }

        return message with { Content = signed, Envelope = envelope with { SizeBytes = signed.Length } };
    }

    /// <summary>The platform's key as it is configured, and as it is to be published; null without one.</summary>
    /// <returns>And whether it is so new that nothing was signed with it.</returns>
    public async ValueTask<(PlatformRecord Wanted, bool IsNew)?> PlatformWanted(CancellationToken cancellationToken)
    {
        if (options.PlatformDomain?.ToLowerInvariant() is not { } domain) return null;
        if (_platformFile is not null)
            return (new PlatformRecord(domain, options.PlatformSelector, Convert.ToBase64String(_platformFile.PublicKey)), false);
        var key = await keys.Ensure(IdentityKeys.Platform, options.PlatformSelector, PlatformBits, null, cancellationToken);
        var isNew = time.GetUtcNow() - key.CreatedAt < VerificationRules.Hourly;
        return (new PlatformRecord(domain, options.PlatformSelector, key.PublicKey), isNew);
    }

    /// <summary>Null when mail from the identity is not to be signed, or cannot be.</summary>
    private async ValueTask<DkimKey?> KeyOf(EmailIdentity? identity, CancellationToken cancellationToken)
    {
        // An address is signed for by its domain, when that is an identity as well (SES developer guide, creating identities).
        if (identity is not null && IdentityName.IsAddress(identity.Name))
            identity = await account.FindIdentityForDomain(identity.Name[(identity.Name.LastIndexOf('@') + 1)..], cancellationToken);
        if (identity is not { IsVerified: true, Dkim: { SigningEnabled: true, Status: "SUCCESS", SigningSelector: { } selector } dkim })
            return null;
        var key = (await keys.Get(identity.Name, cancellationToken)).Find(selector);
        if (key is null)
        {
            // Identities of releases before have tokens, but no keys yet.
            if (await EnsureKey(identity.Name, dkim, selector, cancellationToken) is not { } made) return null;
            key = made;
        }

        return Usable(identity.Name, key);
    }

    /// <summary>
    /// Null when the key ring does not hold what it was encrypted with: mail goes on without this signature, and the log says so once.
    /// </summary>
    private DkimKey? Usable(string domain, IdentityKey key)
    {
        try
        {
            return new DkimKey(domain, key.Selector, keys.SignerOf(key));
        }
        catch (Exception e) when (e is CryptographicException or InvalidDataException)
        {
            if (_unreadable.TryAdd(key.PublicKey, true)) LogUnreadable(domain, key.Selector, e);
            return null;
        }
    }

    /// <summary>The key of a selector of an identity, which is made or taken over when it is not there; null when it cannot be.</summary>
    public async ValueTask<IdentityKey?> EnsureKey(string name, DkimSettings dkim, string selector, CancellationToken cancellationToken)
    {
        if (dkim.Origin != "EXTERNAL")
            return await keys.Ensure(name, selector, DkimKeyLength.BitsOf(dkim.CurrentSigningKeyLength), dkim, cancellationToken);
        if ((await keys.Get(name, cancellationToken)).Find(selector) is { } known) return known;
        if (dkim.PrivateKey is null || !KeyMaterial.TryRead(dkim.PrivateKey, out var own)) return null;
        await keys.Put(name, selector, own, dkim, cancellationToken);
        await account.ChangeIdentity(name, i => i with { Dkim = i.Dkim with { PrivateKey = null } }, cancellationToken);
        return (await keys.Get(name, cancellationToken)).Find(selector);
    }

    private async ValueTask<DkimKey?> PlatformKey(CancellationToken cancellationToken)
    {
        if (await PlatformWanted(cancellationToken) is not var (wanted, _)) return null;
        var domain = wanted.Domain;
        var state = terms.AutoVerify ? null : await keys.PlatformState(cancellationToken);
        if (state is not null && state.InUse != wanted)
        {
            // The record of another is looked for yet.
            return state is { IsMissing: false, InUse: { } former } && former.Domain == domain
                && (await keys.Get(IdentityKeys.Platform, cancellationToken)).Find(former.Selector) is { } before
                && before.PublicKey == former.PublicKey ? Usable(domain, before) : null;
        }

        if (state is { IsMissing: true }) return null;
        if (_platformFile is not null)
        {
            var pool = _platformPool ??= new RsaPool(_platformFile.Pkcs8);
            return new DkimKey(domain, options.PlatformSelector, pool.SignHash);
        }

        var key = await keys.Ensure(IdentityKeys.Platform, options.PlatformSelector, PlatformBits, null, cancellationToken);
        return Usable(domain, key);
    }

    [LoggerMessage(4311, LogLevel.Warning, "{MessageId} leaves without a DKIM signature: its header block is too large to be signed")]
    private partial void LogNotSigned(string messageId);

    [LoggerMessage(4320, LogLevel.Error,
        "The DKIM key of {Domain} at {Selector} cannot be read: mail leaves without its signature until the key ring is back or the key is replaced")]
    private partial void LogUnreadable(string domain, string selector, Exception exception);
}
