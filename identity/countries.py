"""Names and codes of countries, as data: lower case to ISO 3166-1 alpha-2.

Not here: how a cell is cleaned (`identity.standardise`).
"""

from __future__ import annotations

_NAMES = {
    "AE": "united arab emirates,uae,are", "AR": "argentina,arg", "AT": "austria,österreich,oesterreich,aut",
    "AU": "australia,aus", "BE": "belgium,belgique,belgië,belgien,bel", "BG": "bulgaria,bgr", "BR": "brazil,brasil,bra",
    "CA": "canada,can", "CH": "switzerland,schweiz,suisse,svizzera,che", "CL": "chile,chl", "CN": "china,chn",
    "CO": "colombia,col", "CZ": "czechia,czech republic,česko,cze", "DE": "germany,deutschland,allemagne,ger,deu",
    "DK": "denmark,danmark,dnk", "EE": "estonia,eesti,est", "EG": "egypt,egy", "ES": "spain,españa,espana,esp",
    "FI": "finland,suomi,fin", "FR": "france,fra", "GB": "united kingdom,great britain,uk,england,scotland,wales,gbr",
    "GR": "greece,hellas,grc", "HK": "hong kong,hkg", "HR": "croatia,hrvatska,hrv", "HU": "hungary,magyarország,hun",
    "ID": "indonesia,idn", "IE": "ireland,éire,irl", "IL": "israel,isr", "IN": "india,ind", "IS": "iceland,ísland,isl",
    "IT": "italy,italia,italie,ita", "JP": "japan,jpn", "KE": "kenya,ken", "KR": "south korea,korea,kor",
    "LT": "lithuania,lietuva,ltu", "LU": "luxembourg,lux", "LV": "latvia,latvija,lva", "MA": "morocco,maroc,mar",
    "MX": "mexico,méxico,mex", "MY": "malaysia,mys", "NG": "nigeria,nga",
    "NL": "netherlands,the netherlands,nederland,holland,nld",
    "NO": "norway,norge,nor", "NZ": "new zealand,nzl", "PE": "peru,perú,per", "PH": "philippines,phl",
    "PK": "pakistan,pak", "PL": "poland,polska,polen,pol", "PT": "portugal,prt", "RO": "romania,românia,rou",
    "RS": "serbia,srbija,srb", "RU": "russia,russian federation,rus", "SA": "saudi arabia,sau",
    "SE": "sweden,sverige,swe",
    "SG": "singapore,sgp", "SI": "slovenia,slovenija,svn", "SK": "slovakia,slovensko,svk", "TH": "thailand,tha",
    "TR": "turkey,türkiye,turkiye,tur", "TW": "taiwan,twn", "UA": "ukraine,ukr",
    "US": "united states,united states of america,usa,u.s.,u.s.a.,america", "VN": "vietnam,viet nam,vnm",
    "ZA": "south africa,zaf",
}  # fmt: skip

ISO2: dict[str, str] = {name: code for code, names in _NAMES.items() for name in (*names.split(","), code.lower())}
