"""Where clinical numbers come from: one row per publication."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One publication. ``short`` is how outputs name it; ``corrected_by`` a later correction.

    ``doi`` is "" where it was not read; ``words`` then say so.
    """

    key: str
    short: str
    words: str
    doi: str
    corrected_by: str = ""

    @property
    def url(self) -> str:
        """Where the publication is found, "" where no DOI was read."""
        return f"https://doi.org/{self.doi}" if self.doi else ""

    @property
    def cited(self) -> str:
        """The publication with where it is found."""
        return f"{self.words}, {self.url}" if self.url else self.words


def _row(key: str, short: str, words: str, doi: str, corrected_by: str = "") -> Citation:
    return Citation(key=key, short=short, words=words, doi=doi, corrected_by=corrected_by)


CITATIONS: tuple[Citation, ...] = (
    # consensus papers
    _row(
        "ewgsop2",
        "EWGSOP2 2019",
        "Cruz-Jentoft et al. Age Ageing 2019;48:16-31",
        "10.1093/ageing/afy169",
        "Age Ageing 2019;48(4):601",
    ),
    _row(
        "awgs2019",
        "AWGS 2019",
        "Chen et al. J Am Med Dir Assoc 2020;21:300-307.e2",
        "10.1016/j.jamda.2019.12.012",
    ),
    _row("awgs2025", "AWGS 2025", "Chen et al. Nature Aging 2025", "10.1038/s43587-025-01004-y"),
    _row(
        "fnih",
        "FNIH 2014",
        "Studenski et al. J Gerontol A 2014;69:547-558",
        "10.1093/gerona/glu010",
    ),
    _row(
        "fnih_mass",
        "FNIH 2014 (lean mass)",
        "Cawthon et al. J Gerontol A 2014;69:567-575",
        "10.1093/gerona/glu023",
    ),
    _row(
        "sdoc", "SDOC 2020", "Bhasin et al. J Am Geriatr Soc 2020;68:1410-1418", "10.1111/jgs.16372"
    ),
    _row(
        "iwgs",
        "IWGS 2011",
        "Fielding et al. J Am Med Dir Assoc 2011;12:249-256",
        "10.1016/j.jamda.2011.01.003",
    ),
    _row(
        "espen_easo",
        "ESPEN/EASO 2022",
        "Donini et al. Obes Facts 2022;15:321-335",
        "10.1159/000521241",
    ),
    _row(
        "glim", "GLIM 2019", "Cederholm et al. Clin Nutr 2019;38:1-9", "10.1016/j.clnu.2018.08.002"
    ),
    _row(
        "searle2008",
        "Fried grip (Searle 2008)",
        "Searle et al. BMC Geriatr 2008;8:24, table 2",
        "10.1186/1471-2318-8-24",
    ),
    _row(
        "smorchkova2022",
        "Smorchkova 2022",
        "Smorchkova et al. Digital Diagnostics 2022;3(3):196-211",
        "10.17816/DD110721",
    ),
    # CT
    _row(
        "fearon2011",
        "Fearon 2011",
        "Fearon et al. Lancet Oncol 2011;12:489-495",
        "10.1016/S1470-2045(10)70218-7",
    ),
    _row(
        "martin2013",
        "Martin 2013",
        "Martin et al. J Clin Oncol 2013;31:1539-1547",
        "10.1200/JCO.2012.45.2722",
    ),
    _row(
        "prado2008",
        "Prado 2008",
        "Prado et al. Lancet Oncol 2008;9:629-635",
        "10.1016/S1470-2045(08)70153-0",
    ),
    _row(
        "carey2017", "Carey 2017", "Carey et al. Liver Transpl 2017;23:625-633", "10.1002/lt.24750"
    ),
    _row(
        "derstine2018",
        "Derstine 2018",
        "Derstine et al. Sci Rep 2018;8:11369",
        "10.1038/s41598-018-29825-5",
    ),
    _row(
        "van_der_werf2018",
        "van der Werf 2018",
        "van der Werf et al. Eur J Clin Nutr 2018;72:288-296",
        "10.1038/s41430-017-0034-5",
    ),
    _row(
        "martin_d2025",
        "Martin D 2025",
        "Martin D et al. Front Physiol 2025;16:1566463",
        "10.3389/fphys.2025.1566463",
    ),
    _row(
        "zeng2021",
        "Zeng 2021",
        "Zeng et al. J Cachexia Sarcopenia Muscle 2021;12:1948-1958",
        "10.1002/jcsm.12797",
    ),
    _row("ebadi2022", "Ebadi 2022", "Ebadi et al. Cells 2022;11:1345", "10.3390/cells11081345"),
    _row(
        "hamaguchi2016",
        "Hamaguchi 2016",
        "Hamaguchi et al. Nutrition 2016;32:1200-1205",
        "10.1016/j.nut.2016.04.003",
    ),
    _row(
        "doyle2013",
        "Doyle 2013",
        "Doyle et al. Nutr Res 2013;33:171-179",
        "10.1016/j.nutres.2012.12.007",
    ),
    _row(
        "ryo2014", "Ryo 2014", "Ryo et al. World J Radiol 2014;6:409-416", "10.4329/wjr.v6.i7.409"
    ),
    _row(
        "lee2018", "Lee 2018", "Lee et al. Korean J Fam Med 2018;39:239-246", "10.4082/kjfm.17.0099"
    ),
    _row(
        "ha2023",
        "Ha 2023",
        "Ha et al. CT-quantified sarcopenic visceral obesity is associated with poor transplant "
        "waitlist mortality in patients with cirrhosis, Liver Transpl 2023 (DOI not read)",
        "",
    ),
    _row(
        "insights_imaging2021",
        "Insights Imaging 2021 (T12)",
        "Diagnosing sarcopenia and myosteatosis based on chest computed tomography images in "
        "healthy Chinese adults, Insights Imaging 2021",
        "10.1186/s13244-021-01106-2",
    ),
    _row("ha2022", "Ha 2022", "Ha et al. Am J Transplant 2022;22:2195-2202", "10.1111/ajt.17079"),
    # where numbers were read that the first publication was not at hand for
    _row(
        "gu2018", "Gu 2018", "Gu et al. Clin Mol Hepatol 2018;24:319-330", "10.3350/cmh.2017.0077"
    ),
    _row(
        "yamada2021",
        "Yamada 2021",
        "Yamada et al. J Cachexia Sarcopenia Muscle 2021;12:1000-1010",
        "10.1002/jcsm.12732",
    ),
    _row(
        "fukushima2015",
        "Fukushima 2015",
        "Fukushima et al. PLoS One 2015;10:e0115895",
        "10.1371/journal.pone.0115895",
    ),
    # technique
    _row(
        "kim_dw2021", "Kim DW 2021", "Kim DW et al. Korean J Radiol 2021", "10.3348/kjr.2020.0914"
    ),
)
CITATION = Registry("citation", CITATIONS)
