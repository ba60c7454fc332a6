"""Typing errors in e-mail domains: what is mended, and what never is."""

from __future__ import annotations

import pytest
from disposable_email_domains import blocklist

from app.pipeline.validation.email_domain import _SLIPS, PROVIDERS, is_cut_provider, mend_domain

# Real domains that are one or two strokes from a provider's, or look like somebody's typing error.
REAL = """
mail.com email.com ymail.com fmail.com vmail.com tmail.com qmail.com zmail.com hmail.com umail.net imail.com bmail.com
mail.de mail.fr mail.ee mail.bg gmx.se inbox.com inbox.lv inbox.eu list.ru bk.ru ya.ru mil.ru mai.ru mall.ru mali.com
live.com love.com life.com line.com lie.com aol.com aol.de aon.at aim.com msn.com mac.com me.com wow.com web.de weg.de wed.de
webb.com wp.pl wp.com o2.pl op.pl poczta.fm hostmail.com hotpop.com hitmail.com coldmail.com hushmail.com hotel.com
hotels.com lookout.com outlook.sk outlook.cz outlook.hu yahoo.co.nz yahoo.com.pe yahoo.com.co yahoo.pl yahoo.ro yahoo.no
yodel.com yoho.com cloud.com icloud.de lcloud.com eclipso.de gmbh.de gail.com gmac.com gamma.com grail.com email.it email.cz
gawab.com ggmail.de gmx.li gmx.tm free.fr fre.de freenet.com freenet.at freemail.hu freemail.de freeserve.co.uk frontier.com
frontiernet.net t-mobile.de t-systems.com online.de tonline.de orange.es orange.pl orange.com orage.fr arange.com laposte.fr
sfr.net libero.com libro.it liber.it virgin.net virgil.it tiscali.co.uk tin.it alice.it alice.de yandex.net rambler.com
ramble.com mail.ua ukr.net i.ua meta.ua qq.cn 139.com 189.cn 188.com yeah.net sohu.com sina.com sina.cn uol.com bol.com
terra.com terra.com.pe ig.com r7.com globo.com oi.com.br zipmail.com.br hotmail.rs comcast.com comcastbiz.net concast.com
verizon.com bell.net bellsouth.com cox.net att.net charter.net earthlink.net juno.com netzero.net optonline.net rogers.com
shaw.ca telus.net telenet.com skype.com skyline.be sky.com skynet.com bt.com btopenworld.com ntl.com virgin.com protonmail.de
proton.com photon.me posteo.at poste.it post.com posta.ro seznam.com centrum.com onet.eu interia.com bluemail.ch bluewin.com
sunrise.ch hispeed.ch ziggo.com zonnet.nl xs4all.nl kpnmail.nl planet.nl home.nl upcmail.nl chello.nl chello.at firma.co
firma.cm firma.om firma.co.uk startup.io firma.it firma.ne firma.cc firma.comm.fr example.com x.com t.co
""".split()  # noqa: SIM905 - a list of words reads best as words


@pytest.mark.parametrize("domain", REAL)
def test_a_real_domain_is_never_mended(domain: str) -> None:
    """However near to a provider's it is: somebody has it."""
    assert mend_domain(domain) is None


@pytest.mark.parametrize("domain", sorted(PROVIDERS))
def test_a_providers_domain_is_a_fixed_point(domain: str) -> None:
    """Each is right as it is."""
    assert mend_domain(domain) is None


def test_every_slip_leads_to_a_provider_at_once() -> None:
    """Mending twice is mending once."""
    assert set(_SLIPS.values()) <= PROVIDERS
    assert all(mend_domain(slip) == right for slip, right in _SLIPS.items())


def test_slips_meet_no_known_throw_away_domain_but_the_famous_three() -> None:
    """Of ten thousand real, if doubtful, domains only those are read as slips that live on such slips."""
    assert {domain for domain in blocklist if mend_domain(domain)} <= {"gmial.com", "hotmial.com", "hotmai.com"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmali.com", "gmail.com"),
        ("gmail.cmo", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("hotmil.com", "hotmail.com"),
        ("hotmaill.co.uk", "hotmail.co.uk"),
        ("outlok.com", "outlook.com"),
        ("outllok.fr", "outlook.fr"),
        ("yahooo.de", "yahoo.de"),
        ("icoud.com", "icloud.com"),
        ("webde", "web.de"),
        ("gmxde", "gmx.de"),
        ("t-onlin.de", "t-online.de"),
        ("ornage.fr", "orange.fr"),
        ("wanado.fr", "wanadoo.fr"),
        ("mail.ry", "mail.ru"),
        ("maill.ru", "mail.ru"),
        ("qq.cmo", "qq.com"),
        ("126.vom", "126.com"),
        ("uol.com.b", "uol.com.br"),
        ("bol.combr", "bol.com.br"),
        ("www.gmail.com", "gmail.com"),
        ("firma.con", "firma.com"),
        ("firma.nett", "firma.net"),
        ("gamil.con", "gmail.com"),
    ],
)
def test_slips_are_mended(typed: str, meant: str) -> None:
    """One stroke beside a large provider's name, and endings that no registry has."""
    assert mend_domain(typed) == meant


def test_a_name_without_ending_may_be_several() -> None:
    """Hotmail has dozens of endings: nobody can tell which one was meant. Gmail has one."""
    assert is_cut_provider("hotmail")
    assert not is_cut_provider("gmail")
