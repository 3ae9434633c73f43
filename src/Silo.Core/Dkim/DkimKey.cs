namespace Silo.Core.Dkim;

/// <summary>What a message is signed with.</summary>
/// <param name="Domain">The tag d: the domain that answers for the message, in A-label form.</param>
/// <param name="Selector">The tag s: where below <c>_domainkey</c> of the domain the public key stands.</param>
/// <param name="SignHash">Makes an RSA signature (PKCS #1 v1.5, RFC 8017 8.2) of a SHA-256 hash of 32 bytes.</param>
public sealed record DkimKey(string Domain, string Selector, Func<byte[], byte[]> SignHash);
