using System.Security.Cryptography;
using Silo.Server.Accounts;

namespace Silo.Server.Identities;

/// <summary>
/// Changes of the keys that an identity signs with. A new key is used once DNS shows it; until then the old one signs, where there is one
/// that works. With verification switched off it is used at once.
/// </summary>
internal sealed class DkimChanges(AccountResources account, IdentityKeys keys, IdentityTerms terms, TimeProvider time)
{
    public const int TokenCount = 3;
    private const int TokenLength = 32;

    /// <summary>Three random names of 32 letters and digits.</summary>
    public static IReadOnlyList<string> NewTokens(RandomNumberGenerator random)
    {
        const string alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        var bytes = new byte[TokenLength];
        var tokens = new string[TokenCount];
        for (var i = 0; i < TokenCount; i++)
        {
            random.GetBytes(bytes);
            tokens[i] = string.Create(TokenLength, bytes, (text, source) =>
            {
                for (var j = 0; j < text.Length; j++) text[j] = alphabet[source[j] & 31];
            });
        }

        return tokens;
    }

    /// <summary>The next of the three tokens gets a key. What was done, or null and why not.</summary>
    /// <param name="length">Of the new key, as SES names it; null as the one before.</param>
    public async ValueTask<(ResourceChange? Done, string? Refusal)> Rotate(
        EmailIdentity identity, string? length, CancellationToken cancellationToken)
    {
        var dkim = identity.Dkim;
        if (dkim.Origin != "AWS_SES" || dkim.Tokens.Count < 2) return (null, "Only keys of Easy DKIM are replaced here.");
        if (dkim.NextSelector is { } waiting)
            return (null, $"The key at {waiting} waits to be found in DNS; it is used before another one is made.");
        var at = Math.Max(0, dkim.Tokens.ToList().IndexOf(dkim.SigningSelector!));
        var next = dkim.Tokens[(at + 1) % dkim.Tokens.Count];
        var set = await keys.Retire(identity.Name, dkim.SigningSelector, null, terms.KeepRetired, cancellationToken);
        if (set.Keys.Any(k => k.Selector == next)) return (null, $"The key before at {next} is still published; wait until it may go.");
        length ??= dkim.NextSigningKeyLength ?? DkimKeyLength.Usual;
        await keys.Ensure(identity.Name, next, DkimKeyLength.BitsOf(length), dkim, cancellationToken);
        var now = time.GetUtcNow();
        var done = await Use(identity.Name, next, d => d with { NextSigningKeyLength = length, LastKeyGeneratedAt = now }, cancellationToken);
        return (done, null);
    }

    /// <summary>From a key of the customer's to the service's own, with these tokens.</summary>
    public async ValueTask<ResourceChange> UseEasy(
        string name, IReadOnlyList<string> tokens, string length, CancellationToken cancellationToken)
    {
        var before = (await account.GetIdentity(name, cancellationToken))?.Dkim;
        if (terms.Signs || !terms.AutoVerify)
            await keys.Ensure(name, tokens[0], DkimKeyLength.BitsOf(length), before, cancellationToken);
        return await Use(
            name, tokens[0],
            d => d with
            {
                Origin = "AWS_SES", Tokens = tokens, NextSigningKeyLength = length, CurrentSigningKeyLength = length,
                LastKeyGeneratedAt = time.GetUtcNow(), PrivateKey = null,
            },
            cancellationToken);
    }

    /// <summary>To a key of the customer's, or to another one of theirs.</summary>
    public async ValueTask<ResourceChange> UseOwn(string name, string selector, KeyMaterial key, CancellationToken cancellationToken)
    {
        var before = (await account.GetIdentity(name, cancellationToken))?.Dkim;
        await keys.Put(name, selector, key, before, cancellationToken);
        return await Use(
            name, selector,
            d => d with
            {
                Origin = "EXTERNAL", Tokens = [selector], NextSigningKeyLength = null, CurrentSigningKeyLength = null, LastKeyGeneratedAt = null,
                PrivateKey = null,
            },
            cancellationToken);
    }

    private async ValueTask<ResourceChange> Use(
        string name, string selector, Func<DkimSettings, DkimSettings> change, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        string? replaced = null;
        var done = await account.ChangeIdentity(
            name,
            identity =>
            {
                replaced = identity.Dkim.NextSelector;
                var (before, after) = (identity.Dkim, change(identity.Dkim));
                if (terms.AutoVerify)
                    return identity with { Dkim = VerificationRules.Use(after, selector) with { Status = VerificationRules.Success } };
                // A key that replaces the one at its own selector is found by the same record, so the old one is of no use any more.
                var works = before.Status == VerificationRules.Success && before.SigningSelector is { } old
                    && !string.Equals(old, selector, StringComparison.OrdinalIgnoreCase);
                if (!works)
                    return VerificationRules.Restart(identity with { Dkim = VerificationRules.Use(after, selector) }, now);
                return identity with
                {
                    Dkim = after with { Selector = before.SigningSelector, NextSelector = selector },
                    Proof = (identity.Proof ?? new IdentityProof()) with { NextLookAt = now },
                };
            },
            cancellationToken);
        // It never signed, and now it never will.
        if (done == ResourceChange.Done && replaced is not null && !string.Equals(replaced, selector, StringComparison.OrdinalIgnoreCase))
            await keys.Drop(name, replaced, cancellationToken);
        return done;
    }
}
